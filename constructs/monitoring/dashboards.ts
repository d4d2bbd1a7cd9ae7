import { createHash } from "node:crypto";
import { type Panel, type PanelRow, UNITS } from "./panels";

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Both programs have 24 columns: six numbers in a row, or up to four pictures of lines. */
const COLUMNS = 24;

/** The panels of a row, from the left and down from `top`. */
function placed({ panels }: PanelRow, top = 0): { panel: Panel; place: Place }[] {
  let [x, y] = [0, top];
  return panels.map((panel) => {
    const size = panel.kind === "number" ? { width: 4, height: 4 } : { width: panels.length === 4 ? 6 : 8, height: 8 };
    if (x + size.width > COLUMNS) [x, y] = [0, y + size.height];
    const place = { x, y, ...size };
    x += size.width;
    return { panel, place };
  });
}

const COLOURS = ["green", "orange", "red"];

function steps({ warn, bad, below }: NonNullable<Panel["limits"]>): { value: number | null; color: string }[] {
  const [first, second, third] = below ? [...COLOURS].reverse() : COLOURS;
  const [low, high] = below ? [bad, warn] : [warn, bad];
  return [
    { value: null, color: first ?? "" },
    ...(low === high ? [] : [{ value: low, color: second ?? "" }]),
    { value: high, color: third ?? "" },
  ];
}

/** A dashboard as Grafana imports it; it asks which of its Prometheus data sources to use. */
export function grafanaDashboard(environment: string, rows: readonly PanelRow[]): object {
  const datasource = { type: "prometheus", uid: "$datasource" };
  const panels: object[] = [];
  let top = 0;
  for (const row of rows) {
    panels.push({
      type: "row",
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y: top, w: 24, h: 1 },
    });
    const all = placed(row, top + 1);
    for (const { panel, place } of all) panels.push(grafanaPanel(panel, place, datasource));
    top = Math.max(...all.map(({ place }) => place.y + place.height));
  }
  return {
    uid: grafanaUid(environment),
    title: `Registry ${environment}`,
    tags: ["private-registry"],
    schemaVersion: 39,
    editable: true,
    refresh: "1m",
    time: { from: "now-6h", to: "now" },
    templating: { list: [{ name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus" }] },
    panels: panels.map((panel, n) => ({ id: n + 1, ...panel })),
  };
}

/** Grafana takes 40 characters; environments whose names begin alike are still told apart. */
function grafanaUid(environment: string): string {
  const whole = `private-registry-${environment}`;
  if (whole.length <= 40) return whole;
  return `${whole.slice(0, 31)}-${createHash("sha256").update(environment).digest("hex").slice(0, 8)}`;
}

function grafanaPanel({ title, unit, kind, limits, queries }: Panel, place: Place, datasource: object): object {
  const isNumber = kind === "number";
  return {
    type: isNumber ? "stat" : "timeseries",
    title,
    datasource,
    gridPos: { x: place.x, y: place.y, w: place.width, h: place.height },
    targets: queries.map(({ expr, legend }, n) => ({
      ...{ refId: String.fromCharCode(65 + n), datasource, expr, legendFormat: legend ?? "" },
      ...(isNumber && { instant: true }),
    })),
    fieldConfig: {
      defaults: {
        unit: UNITS[unit].grafana,
        ...(unit === "share" && { min: 0, max: 1 }),
        ...(limits && { thresholds: { mode: "absolute", steps: steps(limits) } }),
      },
      overrides: [],
    },
    ...(isNumber && { options: { reduceOptions: { calcs: ["lastNotNull"] } } }),
  };
}

/** A dashboard as Perses reads it, of a project; it asks the project's own data source. */
export function persesDashboard(environment: string, project: string, rows: readonly PanelRow[]): object {
  const all = rows.map((row, r) => ({
    title: row.title,
    items: placed(row).map(({ panel, place }, n) => ({ key: `r${r}p${n}`, panel, place })),
  }));
  return {
    kind: "Dashboard",
    metadata: { name: environment, project },
    spec: {
      display: { name: `Registry ${environment}` },
      duration: "6h",
      refreshInterval: "1m",
      panels: Object.fromEntries(all.flatMap(({ items }) => items.map(({ key, panel }) => [key, persesPanel(panel)]))),
      layouts: all.map(({ title, items }) => ({
        kind: "Grid",
        spec: {
          display: { title },
          items: items.map(({ key, place }) => ({ ...place, content: { $ref: `#/spec/panels/${key}` } })),
        },
      })),
    },
  };
}

function persesPanel({ title, unit, kind, limits, queries }: Panel): object {
  const format = { unit: UNITS[unit].perses };
  const plugin =
    kind === "number"
      ? {
          kind: "StatChart",
          spec: {
            calculation: "last-number",
            format: { ...format, decimalPlaces: unit === "number" ? 0 : 1 },
            ...(limits && persesLimits(limits)),
          },
        }
      : {
          kind: "TimeSeriesChart",
          spec: {
            legend: { position: "bottom", mode: "list" },
            yAxis: { format, ...(unit === "share" ? { min: 0, max: 1 } : { min: 0 }) },
          },
        };
  return {
    kind: "Panel",
    spec: {
      display: { name: title },
      plugin,
      queries: queries.map(({ expr, legend }) => ({
        kind: "TimeSeriesQuery",
        spec: {
          plugin: {
            kind: "PrometheusTimeSeriesQuery",
            spec: { query: expr, ...(legend !== undefined && { seriesNameFormat: legend }) },
          },
        },
      })),
    },
  };
}

function persesLimits(limits: NonNullable<Panel["limits"]>): object {
  const [first, ...others] = steps(limits);
  return {
    thresholds: { defaultColor: first?.color, steps: others.map(({ value, color }) => ({ value, color })) },
  };
}
