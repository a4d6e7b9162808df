// The base map: country outlines of Natural Earth (public domain, by way of world-atlas) as paths for an SVG, so that no
// map server is asked. Plate carrée, true to shape at 50° north; the unit is a hundredth of a degree of latitude.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { feature } from "topojson-client";

const LATITUDE = 50;
const UNITS = 100;
const SHRINK = Math.cos((LATITUDE * Math.PI) / 180);

// Where operations are at home the outlines are finer; everywhere else they only give the frame.
const HOME = { west: -25, south: 27, east: 50, north: 72 };
const FINE = 0.04;
const COARSE = 0.3;

// Countries that the source does not number.
const UNNUMBERED = { Kosovo: "XK", "N. Cyprus": "CY", Somaliland: "SO" };
// What the source draws as a part of Russia and belongs to Ukraine (General Assembly resolution 68/262); scripts/outlines.py
// does the same for the server.
const CRIMEA = { west: 32.4, south: 44.3, east: 36.7, north: 46.3 };
const [RUSSIA, UKRAINE] = ["643", "804"];
const LEFT_OUT = new Set(["Antarctica", "Fr. S. Antarctic Lands", "Heard I. and McDonald Is.", "S. Geo. and the Is."]);

export async function outlines(root) {
  const topology = JSON.parse(await readFile(join(root, "node_modules/world-atlas/countries-50m.json"), "utf8"));
  const codes = JSON.parse(await readFile(join(root, "node_modules/i18n-iso-countries/codes.json"), "utf8"));
  const alpha2 = new Map(codes.map(([two, _three, number]) => [number, two]));
  const thinned = { ...topology, arcs: topology.arcs.map((arc) => thin(absolute(arc, topology.transform))) };
  delete thinned.transform;
  const countries = withCrimea(topology)
    .filter((geometry) => !LEFT_OUT.has(geometry.properties.name))
    .map((geometry) => {
      const code = alpha2.get(geometry.id) ?? UNNUMBERED[geometry.properties.name] ?? null;
      // The smallest countries have no outline at this scale, but a place.
      return { code, centre: centre(rings(topology, geometry)), d: rings(thinned, geometry).map(path).join("") };
    });
  return JSON.stringify({ latitude: LATITUDE, units: UNITS, countries });
}

function withCrimea(topology) {
  const arcs = topology.arcs.map((arc) => absolute(arc, topology.transform));
  const within = ([lon, lat]) =>
    lon > CRIMEA.west && lon < CRIMEA.east && lat > CRIMEA.south && lat < CRIMEA.north;
  const isCrimea = ([ring]) => ring.every((number) => arcs[number < 0 ? ~number : number].every(within));
  const polygons = ({ type, arcs: own }) => (type === "MultiPolygon" ? own : [own]);
  const { geometries } = topology.objects.countries;
  const moved = polygons(geometries.find(({ id }) => id === RUSSIA)).filter(isCrimea);
  return geometries.map((geometry) => {
    if (geometry.id === RUSSIA) return { ...geometry, arcs: geometry.arcs.filter((polygon) => !isCrimea(polygon)) };
    if (geometry.id !== UKRAINE) return geometry;
    return { ...geometry, type: "MultiPolygon", arcs: [...polygons(geometry), ...moved] };
  });
}

function rings(topology, geometry) {
  const { type, coordinates } = feature(topology, geometry).geometry;
  return (type === "Polygon" ? [coordinates] : coordinates).flat().map((ring) => unbroken(ring).map(project));
}

// A ring over the antimeridian goes on beyond 180 degrees instead of once around the world.
function unbroken(ring) {
  let turn = 0;
  return ring.map(([lon, lat], index) => {
    const step = index > 0 ? lon - ring[index - 1][0] : 0;
    if (Math.abs(step) > 180) turn -= Math.sign(step) * 360;
    return [lon + turn, lat];
  });
}

function absolute(arc, { scale, translate }) {
  let x = 0;
  let y = 0;
  return arc.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return [x * scale[0] + translate[0], y * scale[1] + translate[1]];
  });
}

// Leaves out points that lie close to the one before; ends of an arc stay, so that neighbours still meet.
function thin(arc) {
  let last = arc[0];
  return arc.filter((point, index) => {
    if (index === 0 || index === arc.length - 1) return true;
    const [lon, lat] = point;
    const home = lon > HOME.west && lon < HOME.east && lat > HOME.south && lat < HOME.north;
    if (Math.hypot((lon - last[0]) * SHRINK, lat - last[1]) < (home ? FINE : COARSE)) return false;
    last = point;
    return true;
  });
}

function project([lon, lat]) {
  return [Math.round(lon * UNITS * SHRINK), Math.round(-lat * UNITS)];
}

function path(points) {
  let [x, y] = points[0];
  const steps = [];
  for (const [nextX, nextY] of points.slice(1)) {
    if (nextX === x && nextY === y) continue;
    steps.push(`${nextX - x}${nextY - y < 0 ? "" : " "}${nextY - y}`);
    [x, y] = [nextX, nextY];
  }
  return steps.length > 2 ? `M${points[0].join(" ")}l${steps.join(" ").replaceAll(" -", "-")}z` : "";
}

// The centre of gravity of the largest part: where what is known to be in the country is drawn.
function centre(rings) {
  const weighed = rings.map((ring) => {
    let [area, x, y] = [0, 0, 0];
    for (let index = 0; index < ring.length - 1; index += 1) {
      const cross = ring[index][0] * ring[index + 1][1] - ring[index + 1][0] * ring[index][1];
      area += cross;
      x += (ring[index][0] + ring[index + 1][0]) * cross;
      y += (ring[index][1] + ring[index + 1][1]) * cross;
    }
    return area === 0 ? { size: 0, at: ring[0] } : { size: Math.abs(area), at: [Math.round(x / (3 * area)), Math.round(y / (3 * area))] };
  });
  return weighed.length === 0 ? null : weighed.reduce((most, one) => (one.size > most.size ? one : most)).at;
}
