// Where an incident was: a known place brings its coordinates; any other is clicked on a map, which is fetched when it
// is asked for.

export function choosePlaces(form, known, words) {
  const places = new Map(known.places.map(([name, lat, lon]) => [name.toLowerCase(), { lat, lon }]));
  const prepare = () => {
    for (const button of form.querySelectorAll("[data-choose-on-map][hidden]")) button.hidden = false;
  };
  form.addEventListener("change", (event) => {
    if (!event.target.matches("[data-place]")) return;
    const found = places.get(event.target.value.trim().toLowerCase());
    const { latitude, longitude } = fieldsOf(event.target);
    if (!found || (latitude.value && !latitude.dataset.taken)) return;
    latitude.value = found.lat;
    longitude.value = found.lon;
    latitude.dataset.taken = "";
    latitude.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("input", (event) => {
    if (event.isTrusted && event.target.matches("[data-latitude]")) delete event.target.dataset.taken;
  });
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-choose-on-map]");
    if (!button) return;
    const box = button.nextElementSibling;
    box.hidden = !box.hidden;
    if (box.hidden || box.childElementCount > 0) return;
    const { PlaceMap } = await import(form.dataset.map);
    new PlaceMap(box, { ...fieldsOf(button), outlines: form.dataset.outlines, places: known.places, words });
  });
  new MutationObserver(prepare).observe(form.querySelector("[data-rows=i]"), { childList: true });
  prepare();
}

function fieldsOf(element) {
  const row = element.closest("[data-return-row]");
  return {
    place: row.querySelector("[data-place]"),
    latitude: row.querySelector("[data-latitude]"),
    longitude: row.querySelector("[data-longitude]"),
  };
}
