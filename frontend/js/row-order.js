// The order of a list's entries as text: places, with runs of them short, such as "0-3,5,4". The same as
// jointops/planning/ordering.py.

export function places(text) {
  return text.split(",").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return part === "" ? [] : Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
}

export function join(all) {
  const runs = [];
  for (const place of all) {
    const run = runs.at(-1);
    if (run && run.at(-1) + 1 === place) run.push(place);
    else runs.push([place]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(","))).join(",");
}

// Two entries change their places.
export function moved(all, one, other) {
  return all.map((place) => (place === one ? other : place === other ? one : place));
}
