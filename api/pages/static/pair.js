// The curve of a pair, drawn from the page's own data; all that it says stands in the page's tables, too.

const chart = JSON.parse(document.getElementById("chart").textContent);
const holder = document.getElementById("curve");
const said = document.getElementById("curve-point");
const SECONDS = 86400;
const HEIGHT = 340;
const LANE = 15; // pixels of each agreement, above the curve
const MOST_LANES = 5;
const MARKS = 44; // pixels below the axis, for both lanes of marks
const BAND = 8; // pixels of the state, at the foot of the curve

const day = (iso) => Date.parse(`${iso}T00:00Z`) / 1000;
const iso = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const faded = (name, alpha) => `color-mix(in srgb, ${colour(name)} ${alpha * 100}%, transparent)`;
const positive = (value) => (value > 0 ? value : null);
const filled = (form, values) => form.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const signed = (value) => `${value < 0 ? "\u2212" : "+"}${Math.abs(value).toFixed(1)}`;

const INCREMENTS = [1, 2, 3, 4, 5, 7, 10, 15, 30, 60, 90, 120, 180, ...[1, 2, 5, 10, 25, 50, 100].map((years) => years * 365)];
const LABELS = (u, splits, index, space, increment) =>
  splits.map((seconds) => iso(seconds).slice(0, increment >= 365 * SECONDS ? 4 : increment >= 30 * SECONDS ? 7 : 10));

let plot;
let points = [];
let intervals = null;
let at = 0;

// One end of the interval at each point; between two days that tell how sure they are it goes straight.
function bound(end) {
  const found = points.map((each) => intervals?.get(each.day)?.[end] ?? null);
  const told = points.flatMap((each, index) => (intervals?.has(each.day) ? [index] : []));
  told.slice(1).forEach((to, number) => {
    const from = told[number];
    if (found[from] === null || found[to] === null) return;
    for (let index = from + 1; index < to; index++)
      found[index] = found[from] + ((found[to] - found[from]) * (index - from)) / (to - from);
  });
  return found;
}

// What is drawn

const views = {
  score: {
    series: () => [
      { stroke: colour("tension"), width: 2, points: { show: false } },
      { stroke: colour("cooperation"), width: 1.5, dash: [6, 3], points: { show: false } },
      { stroke: faded("tension", 0.5), width: 0.5, points: { show: false } },
      { stroke: faded("tension", 0.5), width: 0.5, points: { show: false } },
    ],
    bands: () => [{ series: [4, 3], fill: faded("tension", 0.18) }],
    data: () => {
      return [points.map((each) => each.tension), points.map((each) => each.cooperation), bound(0), bound(1)];
    },
    scale: { range: [-6, 100] },
    axis: { splits: () => [0, 20, 40, 60, 80, 100] },
  },
  pressure: {
    series: () => [
      { stroke: colour("tension"), width: 2, points: { show: false } },
      { stroke: colour("cooperation"), width: 1.5, dash: [6, 3], points: { show: false } },
      { stroke: colour("strained"), width: 1.5, dash: [2, 3], points: { show: false } },
    ],
    bands: () => [],
    data: () => [
      points.map((each) => positive(each.conflict_pressure)),
      points.map((each) => positive(each.cooperation_pressure)),
      points.map((each) => positive(each.spillover_pressure)),
    ],
    scale: { distr: 3, range: (_, low, high) => [Math.max(low ?? 0.1, 0.01) / 1.5, Math.max(high ?? 1, 0.02) * 1.5] },
    axis: {},
  },
};

const lanes = () => Math.min(chart.agreements.length, MOST_LANES);
const foot = (u) => u.bbox.top + u.bbox.height;
const within = (u, seconds) => {
  const x = u.valToPos(seconds, "x", true);
  return Math.min(Math.max(x, u.bbox.left), u.bbox.left + u.bbox.width);
};

function drawStates(u) {
  const ratio = devicePixelRatio;
  points.forEach((each, index) => {
    const left = index ? Math.round(within(u, day(points[index - 1].day))) : u.bbox.left;
    const right = Math.max(Math.round(within(u, day(each.day))), left + ratio);
    u.ctx.fillStyle = colour(each.state.replace("_", "-"));
    u.ctx.fillRect(left, foot(u) - BAND * ratio, right - left, BAND * ratio);
  });
}

function drawAgreements(u) {
  const ratio = devicePixelRatio;
  const edge = u.bbox.left + u.bbox.width;
  chart.agreements.slice(0, MOST_LANES).forEach(([id, title, , status, first, last, breaches], lane) => {
    const y = u.bbox.top - (lanes() - lane) * LANE * ratio;
    const [left, right] = [within(u, first * SECONDS), within(u, last * SECONDS)];
    if (first * SECONDS > u.scales.x.max || last * SECONDS < u.scales.x.min) return;
    u.ctx.fillStyle = faded("cooperation", 0.25);
    u.ctx.fillRect(left, y + 2 * ratio, Math.max(right - left, 2 * ratio), (LANE - 4) * ratio);
    u.ctx.fillStyle = colour("ink");
    u.ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    u.ctx.textBaseline = "middle";
    let label = title ?? id;
    while (label.length > 1 && u.ctx.measureText(label).width > u.bbox.width) label = `${label.slice(0, -2)}…`;
    const fits = left + u.ctx.measureText(label).width + 8 * ratio < edge;
    u.ctx.textAlign = fits ? "left" : "right";
    u.ctx.fillText(label, fits ? left + 4 * ratio : edge - 4 * ratio, y + (LANE / 2) * ratio);
    u.ctx.strokeStyle = colour("hostile");
    u.ctx.lineWidth = 2 * ratio;
    for (const broken of breaches) {
      if (broken * SECONDS < u.scales.x.min || broken * SECONDS > u.scales.x.max) continue;
      const x = within(u, broken * SECONDS);
      u.ctx.beginPath();
      u.ctx.moveTo(x, y + ratio);
      u.ctx.lineTo(x, y + (LANE - 1) * ratio);
      u.ctx.stroke();
    }
  });
}

// A diamond, a square and a triangle for conflict, a disc and a ring for cooperation.
const shapes = {
  assault: (c, x, y, r) => (c.moveTo(x, y - r), c.lineTo(x + r, y), c.lineTo(x, y + r), c.lineTo(x - r, y)),
  conflict_deed: (c, x, y, r) => c.rect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6),
  conflict_word: (c, x, y, r) => (c.moveTo(x - r, y - r * 0.7), c.lineTo(x + r, y - r * 0.7), c.lineTo(x, y + r)),
  cooperation_deed: (c, x, y, r) => c.arc(x, y, r, 0, 7),
  cooperation_word: (c, x, y, r) => c.arc(x, y, r, 0, 7),
};

function drawMarks(u) {
  const ratio = devicePixelRatio;
  const bottom = u.ctx.canvas.height;
  for (const [when, kind, weight] of chart.marks) {
    const seconds = day(when);
    if (seconds < u.scales.x.min || seconds > u.scales.x.max) continue;
    const isConflict = kind === "assault" || kind.startsWith("conflict");
    const y = bottom - MARKS * ratio * (isConflict ? 0.73 : 0.26);
    const r = Math.min(2 + 1.5 * Math.sqrt(weight), 9) * ratio;
    u.ctx.beginPath();
    shapes[kind](u.ctx, u.valToPos(seconds, "x", true), y, r);
    u.ctx.closePath();
    u.ctx.strokeStyle = colour(isConflict ? "tension" : "cooperation");
    u.ctx.fillStyle = faded(isConflict ? "tension" : "cooperation", 0.45);
    u.ctx.lineWidth = ratio;
    if (kind !== "cooperation_word") u.ctx.fill();
    u.ctx.stroke();
  }
}

function draw() {
  plot?.destroy();
  const view = views[chart.view];
  const lines = { stroke: colour("faint"), grid: { stroke: faded("line", 0.6), width: 1 }, ticks: { stroke: colour("line"), width: 1 } };
  const size = () => ({ width: holder.clientWidth, height: HEIGHT + lanes() * LANE });
  plot = new uPlot(
    {
      ...size(),
      padding: [8 + lanes() * LANE, 32, MARKS, 4],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false, dist: 8 }, y: false },
      scales: { x: { time: true }, y: view.scale },
      axes: [{ ...lines, incrs: INCREMENTS.map((days) => days * SECONDS), values: LABELS, space: 90 }, { ...lines, ...view.axis, size: 48 }],
      series: [{}, ...view.series()],
      bands: view.bands(),
      hooks: {
        draw: [drawStates, drawAgreements, drawMarks],
        setSelect: [(u) => u.select.width > 8 && show(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"))],
        setCursor: [(u) => u.cursor.idx != null && tell(u.cursor.idx)],
      },
    },
    [points.map((each) => day(each.day)), ...view.data()],
    holder,
  );
  let pressed = 0;
  plot.over.addEventListener("pointerdown", (event) => (pressed = event.clientX));
  plot.over.addEventListener("click", (event) => Math.abs(event.clientX - pressed) < 4 && open());
}

// What a reader does

function tell(index) {
  at = index;
  const { day: when, tension, state } = points[index];
  const change = index ? tension - points[index - 1].tension : 0;
  const words = { day: when, tension: tension.toFixed(1), change: signed(change), state: chart.words.states[state] };
  said.textContent = filled(chart.words.point, words);
  holder.setAttribute("aria-valuenow", index);
  holder.setAttribute("aria-valuetext", said.textContent);
}

function move(index) {
  const to = Math.min(Math.max(index, 0), points.length - 1);
  const value = plot.data[1][to] ?? plot.scales.y.min;
  plot.setCursor({ left: plot.valToPos(plot.data[0][to], "x"), top: plot.valToPos(value, "y") }, false);
  tell(to);
}

function open() {
  location.assign(`${chart.evidence}?as_of=${points[at].day}${chart.asked && `&${chart.asked}`}`);
}

function show(from, to) {
  const address = new URL(location);
  address.searchParams.delete("interval");
  address.searchParams.set("from", iso(from));
  address.searchParams.set("to", iso(to));
  location.assign(address);
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };

function listen() {
  holder.addEventListener("keydown", (event) => {
    if (event.key in STEPS) move(at + STEPS[event.key]);
    else if (event.key === "Enter") open();
    else return;
    event.preventDefault();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => plot.setSize({ width: holder.clientWidth, height: plot.height })).observe(holder);
}

// The brush: a stretch chosen on the picture of the whole history.
function brush() {
  const picture = document.querySelector("#overview svg");
  const [first, last] = chart.overview;
  const chosen = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const place = (event) => {
    const { left, width } = picture.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - left) / width, 0), 1);
  };
  let start = null;
  chosen.setAttribute("class", "brush");
  chosen.setAttribute("height", "100");
  picture.append(chosen);
  const stretch = (event) => [start, place(event)].sort((one, other) => one - other);
  picture.addEventListener("pointerdown", (event) => {
    start = place(event);
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const [from, to] = stretch(event);
    chosen.setAttribute("x", from * 1000);
    chosen.setAttribute("width", (to - from) * 1000);
  });
  picture.addEventListener("pointerup", (event) => {
    const [from, to] = stretch(event).map((part) => (first + part * (last - first)) * SECONDS);
    start = null;
    if (to - from >= 2 * SECONDS) show(from, to);
  });
}

function copying() {
  const button = document.getElementById("copy-citation");
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById("citation").value);
    button.textContent = button.dataset.done;
  });
}

async function load(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer.items;
}

async function start() {
  holder.hidden = false;
  points = await load(chart.series);
  if (!points.length) {
    holder.hidden = true;
    return;
  }
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-label": chart.words.label, "aria-valuemin": 0, "aria-valuemax": points.length - 1, "aria-describedby": "curve-legend" }))
    holder.setAttribute(name, value);
  draw();
  listen();
  tell(points.length - 1);
  holder.dataset.drawn = "points";
  if (chart.view === "score" && chart.intervals) {
    intervals = new Map((await load(chart.intervals)).map((each) => [each.day, each.tension_interval]));
    draw();
    holder.dataset.drawn = "intervals";
  }
}

brush();
copying();
start().catch((error) => (said.textContent = error.message));
