// A notice whose link is followed counts as read: its form is sent along, and the link goes its way.
export function readOnFollowing(root) {
  for (const link of root.querySelectorAll("a[data-notice]")) {
    const form = document.getElementById(link.dataset.notice);
    if (!form || form.elements.read?.value !== "1") continue;
    link.addEventListener("click", () => {
      fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true });
    });
  }
}
