// Two or three contents of one return beside each other: only what is not the same in all of them.

export function compared(contents, bundle, words) {
  const rows = new Map();
  contents.forEach((content, column) => {
    for (const [key, { name, text }] of lines(content, bundle, words)) {
      const row = rows.get(key) ?? { name, cells: contents.map(() => "") };
      // The same place twice in one return: both are shown.
      row.cells[column] = row.cells[column] ? `${row.cells[column]}; ${text}` : text;
      rows.set(key, row);
    }
  });
  return [...rows.values()].filter(({ cells }) => cells.some((cell) => cell !== cells[0]));
}

function* lines(content, bundle, words) {
  if (!content) return;
  for (const value of content.values ?? []) {
    yield [JSON.stringify([value.indicator, value.category ?? "", value.action_area ?? "", value.phase ?? "", value.scope ?? ""]), { name: nameOf(value, bundle), text: figure(value, bundle, words) }];
  }
  for (const incident of content.incidents ?? []) {
    const { reference, place, at, description, joint_with: joint = [] } = incident;
    const parts = [nameOf(incident, bundle), figure(incident, bundle, words), at && words.instant(at, bundle.time_zone), place, joint.join(", "), description];
    yield [`incident ${reference}`, { name: `${words.say("form.incident")} ${reference}`, text: parts.filter(Boolean).join(" · ") }];
  }
  if (content.narrative?.trim()) yield ["narrative", { name: words.say("form.narrative"), text: content.narrative.trim() }];
  if (content.nil) yield ["nil", { name: words.say("form.nil"), text: words.say("yes") }];
}

function nameOf(value, bundle) {
  const indicator = bundle.indicators[value.indicator];
  const parts = [
    indicator?.label ?? value.indicator,
    value.category && (indicator?.categories[value.category] ?? value.category),
    value.action_area && (bundle.areas[value.action_area] ?? value.action_area),
    value.phase && (bundle.phases[value.phase] ?? value.phase),
    value.scope && value.scope !== "operation" && (bundle.scopes[value.scope] ?? value.scope),
  ];
  return parts.filter(Boolean).join(", ");
}

function figure(value, bundle, words) {
  const unit = value.unit ?? bundle.indicators[value.indicator]?.unit;
  const details = [value.certainty && bundle.certainties[value.certainty], value.weight && bundle.weights[value.weight], value.seizures && `${value.seizures} ×`];
  return [`${words.quantity(value.quantity)} ${bundle.measures[unit] ?? unit ?? ""}`.trim(), ...details].filter(Boolean).join(", ");
}
