import { describe, expect, test } from "vitest";
import { grafanaDashboard, persesDashboard } from "../../../constructs/monitoring/dashboards";
import { panelRows, UNITS } from "../../../constructs/monitoring/panels";

interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}
interface GrafanaPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: GridPos;
  readonly targets?: { expr: string; refId: string; instant?: boolean }[];
  readonly fieldConfig?: {
    defaults: { unit: string; thresholds?: { steps: { value: number | null; color: string }[] } };
  };
}

const rows = panelRows("prod", true);
const panels = rows.flatMap((row) => row.panels);
const grafana = (grafanaDashboard("prod", rows) as { panels: GrafanaPanel[] }).panels;
const perses = persesDashboard("prod", "p", rows) as {
  spec: {
    panels: Record<string, object>;
    layouts: { spec: { items: { content: { $ref: string }; x: number; width: number }[] } }[];
  };
};

test("Grafana's id of a dashboard fits and is one environment's, however long its name", () => {
  const uid = (name: string) => (grafanaDashboard(name, rows) as { uid: string }).uid;
  expect(uid("prod")).toBe("private-registry-prod");
  const ids = ["eu-west", "eu-north"].map((end) => uid(`production-of-the-team-in-${end}`));
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^private-registry-[a-z0-9-]{1,23}$/);
});

describe("panels", () => {
  test("are about one environment, or about its RustFS", () => {
    for (const { queries } of panels)
      for (const { expr } of queries) expect(expr).toMatch(/environment=~?"prod[|"]|rustfs_/);
  });

  test("have lines that can be told apart", () => {
    for (const { kind, queries } of panels)
      if (kind !== "number") for (const { legend } of queries) expect(legend).toMatch(/\S/);
  });

  test("ask nothing of RustFS where nobody gets its metrics", () => {
    expect(JSON.stringify(panelRows("prod", false))).not.toContain("rustfs_");
  });
});

describe("for Grafana", () => {
  test("every panel and every query is there, numbers as they are now", () => {
    const drawn = grafana.filter(({ type }) => type !== "row");
    expect(drawn.map(({ title }) => title)).toEqual(panels.map(({ title }) => title));
    expect(drawn.map(({ targets }) => targets?.map(({ expr }) => expr))).toEqual(
      panels.map(({ queries }) => queries.map(({ expr }) => expr)),
    );
    expect(drawn.map(({ targets }) => targets?.[0]?.instant ?? false)).toEqual(
      panels.map(({ kind }) => kind === "number"),
    );
    expect(drawn.map(({ fieldConfig }) => fieldConfig?.defaults.unit)).toEqual(
      panels.map(({ unit }) => UNITS[unit].grafana),
    );
  });

  test("no panel lies on another one, or beyond the edge", () => {
    const taken = new Set<string>();
    for (const { gridPos } of grafana)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x).toBeLessThan(24);
          expect(taken.has(`${x} ${y}`)).toBe(false);
          taken.add(`${x} ${y}`);
        }
    expect(new Set(grafana.map(({ id }) => id)).size).toBe(grafana.length);
  });

  test("colours say what is wrong, above a limit or below it", () => {
    const steps = (title: string) =>
      grafana.find((panel) => panel.title === title)?.fieldConfig?.defaults.thresholds?.steps;
    expect(steps("Storage filled")).toEqual([
      { value: null, color: "green" },
      { value: 0.85, color: "orange" },
      { value: 0.95, color: "red" },
    ]);
    expect(steps("Certificate ends in")).toEqual([
      { value: null, color: "red" },
      { value: 10, color: "orange" },
      { value: 15, color: "green" },
    ]);
    expect(steps("Alerts")).toEqual([
      { value: null, color: "green" },
      { value: 1, color: "red" },
    ]);
  });
});

test("for Perses every panel has its place, within the width", () => {
  const items = perses.spec.layouts.flatMap(({ spec }) => spec.items);
  expect(items.map(({ content }) => content.$ref.replace("#/spec/panels/", ""))).toEqual(
    Object.keys(perses.spec.panels),
  );
  expect(items).toHaveLength(panels.length);
  for (const { x, width } of items) expect(x + width).toBeLessThanOrEqual(24);
});
