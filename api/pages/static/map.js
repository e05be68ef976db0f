// The map, moved and zoomed by mouse, touch and keys. Where it comes to rest is asked for from the server: picture,
// lists and links are of what is seen, and the address leads there again. All of it is there without this script, too.
// Nothing moves but what a reader moves: there is no motion to reduce.

const picture = document.querySelector("[data-view]");
const image = picture.querySelector("img");
const view = document.createElement("div");
const FOLLOWING = ["map-kept", "map-part", "map-moves", "map-places", "map-unlocated", "map-incidents", "map-data"];
const SVG = "http://www.w3.org/2000/svg";
const REST = 400; // milliseconds without a gesture, after which the map is at rest
const CLICK = 5; // pixels that a pointer may move in a click
const NARROWEST = 0.05;
const FURTHEST = 80;

const radians = (degrees) => (degrees * Math.PI) / 180;
const degrees = (radian) => (radian * 180) / Math.PI;
const mercator = (latitude) => Math.log(Math.tan(Math.PI / 4 + radians(latitude) / 2));
const latitudeAt = (height) => degrees(2 * Math.atan(Math.exp(height)) - Math.PI / 2);
const within = (value, least, most) => Math.min(Math.max(value, least), most);

let drawings = 0;
let drawn; // the picture as it is drawn: its plot, and what is moved in it
let seen; // what is seen: the middle in radians, and the pixels of the plot to a radian
let settled; // what was seen when it was asked for: a picture of it says exactly what is seen, unless it was moved since
let wanted = new URL(location); // the address that was asked for last: that of the page, once it is answered
let resting;
let asking;

// What is drawn

function ask(address, type) {
  const request = new XMLHttpRequest();
  const answered = new Promise((resolve, reject) => {
    request.onload = () => (request.status === 200 && request.response ? resolve(request.response) : reject(new Error(request.statusText)));
    request.onerror = reject;
  });
  request.open("GET", address);
  request.responseType = "document";
  request.setRequestHeader("Accept", type);
  request.send();
  return Object.assign(answered, { stop: () => request.abort() });
}

async function draw() {
  const number = ++drawings;
  const names = JSON.parse(document.getElementById("map-marks").dataset.names);
  const box = picture.dataset.view.split(",").map(Number);
  const found = await ask(image.currentSrc || image.src, "image/svg+xml");
  if (number !== drawings) return; // another one is on its way
  const svg = document.importNode(found.documentElement, true);
  // One picture with one description: what its parts say stands in the tables.
  for (const name of ["role", "aria-label", "aria-roledescription"])
    for (const each of svg.querySelectorAll(`[${name}]`)) each.removeAttribute(name);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", image.alt);
  view.replaceChildren(svg);
  picture.hidden = true;
  view.hidden = false;
  drawn = { svg, box, names, ...plotOf(svg) };
  if (seen === settled) seen = settled = placed(drawn);
  show();
}

// The plot of a picture, with what is moved in it: the land as a whole, marks and names each by its place.
function plotOf(svg) {
  const plot = svg.querySelector(".root > g > .background").getBBox();
  const land = document.createElementNS(SVG, "g");
  const shapes = svg.querySelector(".layer_0_marks");
  land.append(...shapes.childNodes);
  shapes.append(land);
  svg.querySelector(".layer_3_marks")?.remove(); // the edge of what was asked for: it is what is seen
  land.querySelectorAll("path").forEach((each) => each.setAttribute("vector-effect", "non-scaling-stroke"));
  const marks = [...svg.querySelectorAll(".layer_1_marks > path")];
  const placedAt = [...marks, ...svg.querySelectorAll(".layer_2_marks > text")].map((each) => {
    const { e, f } = each.transform.baseVal.consolidate().matrix;
    return [each, e, f];
  });
  return { width: plot.width, height: plot.height, land, marks, placedAt };
}

// Where the middle of a drawn picture is, and its scale: as its projection has them.
function placed({ box: [west, south, east, north], width, height }) {
  const [low, high] = [mercator(south), mercator(north)];
  const scale = Math.min(width / radians(east - west), height / (high - low));
  return { x: radians(west + east) / 2, y: (low + high) / 2, scale };
}

function show() {
  const { width, height, land, placedAt } = drawn;
  const at = placed(drawn);
  const factor = seen.scale / at.scale;
  const x = width / 2 + (at.x - seen.x) * seen.scale - (factor * width) / 2;
  const y = height / 2 - (at.y - seen.y) * seen.scale - (factor * height) / 2;
  land.setAttribute("transform", `translate(${x},${y}) scale(${factor})`);
  for (const [each, left, top] of placedAt) each.setAttribute("transform", `translate(${x + factor * left},${y + factor * top})`);
}

// What is seen

function boxSeen() {
  const [across, up] = [drawn.width / 2 / seen.scale, drawn.height / 2 / seen.scale];
  const box = [degrees(seen.x - across), latitudeAt(seen.y - up), degrees(seen.x + across), latitudeAt(seen.y + up)];
  const most = [180, FURTHEST, 180, FURTHEST];
  return box.map((each, side) => Math.round(within(each, -most[side], most[side]) * 1000) / 1000);
}

function move(x, y) {
  change({ x: seen.x - x / seen.scale, y: seen.y + y / seen.scale, scale: seen.scale });
}

// Zoom so that a point of the plot stays where it is.
function zoom(factor, x = drawn.width / 2, y = drawn.height / 2) {
  const least = Math.min(drawn.width / (2 * Math.PI), drawn.height / (2 * mercator(FURTHEST)));
  const scale = within(seen.scale * factor, least, drawn.width / radians(NARROWEST));
  const [left, up] = [x - drawn.width / 2, y - drawn.height / 2];
  change({ x: seen.x + left / seen.scale - left / scale, y: seen.y - up / seen.scale + up / scale, scale });
}

function change(to) {
  const [across, up] = [drawn.width / 2 / to.scale, drawn.height / 2 / to.scale];
  const [right, top] = [Math.max(Math.PI - across, 0), Math.max(mercator(FURTHEST) - up, 0)];
  seen = { x: within(to.x, -right, right), y: within(to.y, -top, top), scale: to.scale };
  show();
  clearTimeout(resting);
  resting = setTimeout(() => go(asked({ box: boxSeen().join(",") })), REST);
}

function asked(changed) {
  const address = new URL(wanted);
  address.searchParams.delete("cursor");
  for (const [name, value] of Object.entries(changed)) address.searchParams.set(name, value);
  return address;
}

// Show another part, or another place, in this page. Where that fails, the browser shows it as any page.
async function go(address, isStep = false) {
  clearTimeout(resting);
  settled = seen;
  wanted = new URL(address, location);
  asking?.stop();
  asking = ask(address, "text/html");
  try {
    const page = await asking;
    const next = document.importNode(page.getElementById("main"), true);
    for (const id of FOLLOWING) document.getElementById(id).replaceChildren(...next.querySelector(`#${id}`).childNodes);
    document.querySelector(".picture figcaption").replaceWith(next.querySelector(".picture figcaption"));
    history[isStep ? "pushState" : "replaceState"](null, "", address);
    const sources = next.querySelectorAll(".picture source");
    picture.dataset.view = next.querySelector("[data-view]").dataset.view;
    picture.querySelectorAll("source").forEach((each, at) => (each.srcset = sources[at].srcset));
    image.alt = next.querySelector(".picture img").alt;
    image.src = next.querySelector(".picture img").src;
  } catch {
    location.assign(address);
  }
}

// What a reader does

const pointers = new Map();
let pressed; // where the first pointer came down, until it has moved

function inPlot({ clientX, clientY }) {
  const plot = drawn.svg.querySelector(".root > g").getScreenCTM().inverse();
  const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(plot);
  return { x, y };
}

function between(points) {
  const [one, other = one] = points;
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.hypot(one.x - other.x, one.y - other.y) };
}

function press(event) {
  if (!drawn || event.button) return;
  pressed = pointers.size ? null : { x: event.clientX, y: event.clientY, target: event.target };
  pointers.set(event.pointerId, inPlot(event));
  view.setPointerCapture(event.pointerId);
}

function drag(event) {
  if (!drawn || !pointers.has(event.pointerId)) return;
  if (pressed && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > CLICK) pressed = null;
  const before = between([...pointers.values()]);
  pointers.set(event.pointerId, inPlot(event));
  const isOfPage = event.pointerType === "touch" && pointers.size === 1 && document.activeElement !== view;
  if (pressed || isOfPage) return;
  const after = between([...pointers.values()]);
  move(after.x - before.x, after.y - before.y);
  if (before.apart) zoom(after.apart / before.apart, after.x, after.y);
}

function release(event) {
  if (!pointers.delete(event.pointerId) || !pressed || event.type !== "pointerup") return;
  const mark = drawn.marks.indexOf(pressed.target);
  pressed = null;
  if (mark < 0) return;
  go(asked({ place: drawn.names[mark] }), true);
}

const KEYS = {
  ArrowLeft: () => move(drawn.width / 8, 0),
  ArrowRight: () => move(-drawn.width / 8, 0),
  ArrowUp: () => move(0, drawn.height / 8),
  ArrowDown: () => move(0, -drawn.height / 8),
  "+": () => zoom(1.5),
  "=": () => zoom(1.5),
  "-": () => zoom(1 / 1.5),
};

function listen() {
  view.addEventListener("pointerdown", press);
  view.addEventListener("pointermove", drag);
  for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, release);
  view.addEventListener("keydown", (event) => {
    if (!drawn || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "0") {
      const address = asked({});
      address.searchParams.delete("box");
      go(address, true);
    } else if (event.key in KEYS) KEYS[event.key]();
    else return;
    event.preventDefault();
  });
  // The wheel belongs to the page until the map has been chosen.
  const turn = (event) => {
    if (!drawn || (document.activeElement !== view && !event.ctrlKey)) return;
    event.preventDefault();
    const { x, y } = inPlot(event);
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), x, y);
  };
  view.addEventListener("wheel", turn, { passive: false });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#map-moves a, #map-part a, #map-places th a");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { move: step } = link.dataset;
    go(link.href, true).then(() => document.querySelector(step ? `[data-move="${step}"]` : "#map-part a")?.focus());
  });
  addEventListener("popstate", () => location.reload());
}

function start() {
  Object.assign(view, { id: "map-view", className: "map-view", tabIndex: 0, hidden: true });
  for (const [name, value] of Object.entries({ role: "group", "aria-label": document.querySelector("h1").textContent, "aria-describedby": "map-how" }))
    view.setAttribute(name, value);
  picture.after(view);
  document.getElementById("map-how").hidden = false;
  listen();
  // Where the picture cannot be had as a document, it stays the picture that it is.
  const redraw = () => draw().catch(() => [picture.hidden, view.hidden] = [false, true]);
  image.addEventListener("load", redraw);
  if (image.complete && image.naturalWidth) redraw();
}

start();
