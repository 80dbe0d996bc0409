// npm @vladmandic/human beside our face model, on what others have decoded: raw pictures in a file, answers as one line of JSON.
//   node human.mjs speed FILE WIDTH HEIGHT SECONDS    pictures [height, width, 3], RGB: find the faces, read their emotions, again and again
//   node human.mjs crops FILE SIDE                    crops [side, side], gray: seven probabilities each, by the emotion network alone
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const packages = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules");
const version = (name) => JSON.parse(fs.readFileSync(path.join(packages, name, "package.json"), "utf8")).version;

// The package reads its models as a browser does.
globalThis.fetch = async (url) => new Response(fs.readFileSync(new URL(url)));
// By its path: what the package exports under this name is nothing that Node finds.
const { Human } = require(path.join(packages, "@vladmandic/human/dist/human.node-wasm.js"));
const off = { enabled: false };
const human = new Human({
  backend: "wasm",
  wasmPath: `${path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`,
  modelBasePath: `file://${packages}/@vladmandic/human/models/`,
  cacheModels: false,
  cacheSensitivity: 0, // Nothing is taken over from the picture before.
  debug: false,
  filter: off,
  gesture: off,
  body: off,
  hand: off,
  object: off,
  segmentation: off,
  face: {
    enabled: true,
    detector: { maxDetected: 4, skipFrames: 0, skipTime: 0, rotation: false },
    mesh: off,
    attention: off,
    iris: off,
    description: off,
    antispoof: off,
    liveness: off,
    emotion: { enabled: true, minConfidence: 0, skipFrames: 0, skipTime: 0 },
  },
});
await human.init();
await human.load();

const [mode, file, ...numbers] = process.argv.slice(2);
const [width, height, seconds] = numbers.map(Number);
const bytes = fs.readFileSync(file);
const say = (result) => console.log(JSON.stringify({
  human: version("@vladmandic/human"), backend: `${human.tf.getBackend()} ${version("@tensorflow/tfjs-backend-wasm")}`, node: process.version, ...result,
}));

async function speed() {
  const size = width * height * 3;
  const pictures = Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  const read = async (picture) => {
    const tensor = human.tf.tensor(picture, [1, height, width, 3], "float32");
    const result = await human.detect(tensor);
    human.tf.dispose(tensor);
    if (result.error) throw new Error(result.error);
    return result.face;
  };
  for (const picture of pictures.slice(0, 5)) await read(picture);
  let [count, withFace, withEmotion] = [0, 0, 0];
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) {
    const faces = await read(pictures[count++ % pictures.length]);
    withFace += faces.length > 0;
    withEmotion += faces.some((face) => face.emotion?.length > 0);
  }
  const took = (performance.now() - start) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  say({ pictures: count, seconds: took, pictures_per_s: count / took, with_face: withFace / count, with_emotion: withEmotion / count, peak_mb: peak });
}

// As its source prepares a face for the emotion network: resized, gray, from -1 to 1.
function crops() {
  const tf = human.tf;
  const [side, size, batch] = [width, width * width, 64];
  const network = human.models.models.emotion;
  const at = network.inputs[0].shape[2];
  const posteriors = [];
  for (let from = 0; from < bytes.length / size; from += batch) {
    const count = Math.min(batch, bytes.length / size - from);
    const gray = Float32Array.from(bytes.subarray(from * size, (from + count) * size), (value) => value / 127.5 - 1);
    posteriors.push(...tf.tidy(() => network.execute(tf.image.resizeBilinear(tf.tensor(gray, [count, side, side, 1]), [at, at])).arraySync()));
  }
  say({ labels: ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"], posteriors });
}

await { speed, crops }[mode]();
