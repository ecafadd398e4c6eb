import { Chart, registerables } from "chart.js";
import { locale } from "./messages.js";

Chart.register(...registerables);
const charts = new Map();
const SERIES = ["--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5"];

// A canvas cannot read light-dark() or oklch(): the browser resolves them on a probe element.
function colour(variable) {
  const probe = document.createElement("span");
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.fillStyle = resolved;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  return (alpha = 1) => `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

function dataset(series, index, type) {
  const paint = colour(SERIES[index % SERIES.length]);
  return {
    label: series.label,
    data: series.data,
    borderColor: paint(),
    backgroundColor: type === "line" ? paint(0.1) : paint(type === "doughnut" ? 1 : 0.85),
    borderWidth: type === "line" ? 2 : 0,
    borderRadius: 4,
    maxBarThickness: 28,
    fill: type === "line",
    tension: 0.35,
    pointRadius: series.data.length === 1 ? 3 : 0,
    pointHitRadius: 16,
  };
}

function axes(rtl, words, lines) {
  const ticks = { color: words, maxRotation: 0, autoSkipPadding: 16 };
  return {
    x: { reverse: rtl, grid: { display: false }, border: { display: false }, ticks },
    y: {
      position: rtl ? "right" : "left",
      beginAtZero: true,
      border: { display: false },
      grid: { color: lines },
      ticks: { ...ticks, maxTicksLimit: 5 },
    },
  };
}

function draw(canvas) {
  const { type, labels, series } = JSON.parse(canvas.dataset.chart);
  const rtl = getComputedStyle(canvas).direction === "rtl";
  const words = colour("--tone-muted-text")();
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  charts.get(canvas)?.destroy();
  charts.set(canvas, new Chart(canvas, {
    type,
    data: { labels, datasets: series.map((each, index) => dataset(each, index, type)) },
    options: {
      locale: `${locale}-u-nu-latn`,
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: "index", intersect: false },
      scales: type === "doughnut" ? {} : axes(rtl, words, colour("--line")()),
      plugins: {
        legend: {
          display: series.length > 1, rtl, align: "end",
          textDirection: rtl ? "rtl" : "ltr",
          labels: { color: words, usePointStyle: true, pointStyle: "circle", boxHeight: 6 },
        },
        tooltip: { rtl, textDirection: rtl ? "rtl" : "ltr", cornerRadius: 8, padding: 10 },
      },
    },
  }));
  canvas.dataset.drawn = "true";
}

export async function startCharts(within) {
  await document.fonts.ready;
  for (const canvas of within.querySelectorAll("canvas[data-chart]:not([data-drawn])")) draw(canvas);
}

document.addEventListener("theme:changed", () => {
  requestAnimationFrame(() => [...charts.keys()].filter((each) => each.isConnected).forEach(draw));
});
