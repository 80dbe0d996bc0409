import { defineConfig } from "vite";

export default defineConfig({
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // The page's policy knows no data: addresses.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npm run dev` beside a running system: EMOTION_GATEWAY=http://127.0.0.1:PORT npm run dev
  server: { proxy: { "/v1": process.env.EMOTION_GATEWAY ?? "http://127.0.0.1:5000" } },
});
