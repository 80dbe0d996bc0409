// What ./emotion bench measured: `join PARTS OUT` makes one JSON of its parts, `table BENCH SCALE PAGE` one page of all figures, beside the last committed run.
import fs from "node:fs";
import { execFileSync } from "node:child_process";

const json = (path) => JSON.parse(fs.readFileSync(path, "utf8"));

/** As it was committed last, whichever copy of it is asked for; nothing before the first run. */
const committed = (path) => {
  try {
    return JSON.parse(execFileSync("git", ["show", `HEAD:docs/results/${path.replace(/.*\//, "")}`], { stdio: ["ignore", "pipe", "ignore"] }));
  } catch {
    return {};
  }
};

const join = (parts, out) => {
  const run = Object.assign({}, ...["features", "inference", "system"].map((name) => json(`${parts}/${name}.json`)));
  fs.mkdirSync(out.replace(/[^/]*$/, ""), { recursive: true });
  fs.writeFileSync(out, JSON.stringify(run, null, 2) + "\n");
};

// What design and issue ask for, or what others measured; ours take 48 px crops, halved and mirrored, so the networks are not like for like.
const marks = {
  mfcc_realtime: "goal 1,000",
  resnet34_b16_ms: "112 px: fp32 64 to 83, int8 18 to 22",
  throughput_ratio_2: "goal 1.8",
  throughput_ratio_3: "goal 2.7",
  goodput_at_3x: "goal 0.9",
  reject_p95_ms: "at most 50",
  recovery_s: "at most 10",
  cancel_stop_s: "at most 1",
  simulation_error: "at most 0.15",
};
const round = (x) => (Math.abs(x) >= 100 ? Math.round(x) : Number(x.toPrecision(3)));

/** A row for each number: its name, now, as it was committed last, the ratio. */
const rows = (run, last) => {
  const found = [];
  const walk = (value, before, name) => {
    if (typeof value === "number") found.push([name, value, typeof before === "number" ? before : undefined]);
    else if (value && typeof value === "object" && !Array.isArray(value))
      for (const key of Object.keys(value)) walk(value[key], before?.[key], name ? `${name}.${key}` : key);
  };
  walk(run, last, "");
  return found.map(([name, now, before]) => `| ${name} | ${round(now)} | ${before === undefined ? "" : round(before)} | ${before ? round(now / before) : ""} | ${marks[name] ?? ""} |`);
};

const head = ["| figure | this run | last committed | ratio | goal or anchor |", "|---|---|---|---|---|"];
const numbers = (record) => Object.fromEntries(Object.entries(record).filter(([, value]) => typeof value === "number"));

const table = (bench, scale, page) => {
  const [run, scaled] = [json(bench), json(scale)];
  const [rollout, faces] = [json("docs/results/rollout.json"), json("docs/results/face-speed.json")];
  const lines = [
    "# Bench",
    "",
    `Written by \`./emotion bench\` at commit ${run.commit} on ${run.date}: ${run.machine}; ${run.versions}.`,
    "The clip is 4 s of 1280x720 H.264 with one face and speech. Latency is from the first byte sent to the answer read.",
    "",
    ...head,
    ...rows(run, committed(bench)),
    "",
    "## Scale and overload",
    "",
    `\`${scaled.command}\` at commit ${scaled.commit} on ${scaled.date}; what they mean, and what was measured and what simulated: [capacity](capacity.md).`,
    "",
    ...head,
    ...rows(numbers(scaled), committed(scale)),
    "",
    "## Runs of their own",
    "",
    "| figure | | run |",
    "|---|---|---|",
    `| requests that failed during ${rollout.swaps} swaps of releases | ${rollout.failed} of ${rollout.requests} | \`${rollout.command}\`, ${rollout.commit}, ${rollout.date} |`,
    `| p99 of the slowest service while releases are swapped, to without | ${round(rollout.p99_ratio)} | the same |`,
    `| pictures/s whose faces are found and read, every one of them | ${round(faces.pictures_per_s)} | \`${faces.command}\`, ${faces.commit}, ${faces.date} |`,
    `| the same by npm @vladmandic/human, ${faces.human_processes} processes | ${round(faces.human_pictures_per_s)}, so ours are ${round(faces.pictures_per_s / faces.human_pictures_per_s)} times as many | the same |`,
    "",
  ];
  fs.writeFileSync(page, lines.join("\n"));
  console.log(lines.join("\n"));
};

const [what, ...paths] = process.argv.slice(2);
({ join, table })[what](...paths);
