import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * matrix-js-sdk's MatrixRTC session needs a handful of event names from modules that carry the whole client, its room model
 * and the loader of a 10 MB crypto module. We talk to the homeserver through the messenger only, so these imports are
 * answered by `src/call/sdk/names.ts`. If a new SDK version moves these files, the build grows but still works.
 */
const HEAVY_SDK_MODULES =
  /(^|\/)(client|models\/room-state|models\/event-timeline|models\/room-sticky-events|models\/room-member)\.js$/;

function lightMatrixSdk(): Plugin {
  return {
    name: 'light-matrix-sdk',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer === undefined) return null;
      if (importer.includes('/matrix-js-sdk/lib/')) {
        if (HEAVY_SDK_MODULES.test(source)) return here('src/call/sdk/names.ts');
        if (source === 'unhomoglyph') return here('src/call/sdk/unhomoglyph.ts');
        if (source === 'loglevel') return here('src/call/sdk/log.ts');
      }
      return null;
    },
  };
}

const FILMS_WORKER = 'films-worker';

/** What the entry needs to talk to the messenger; SDK errors are part of that. */
const ENTRY_PACKAGES =
  /node_modules\/(matrix-widget-api|events|zod|@babel\/runtime|matrix-js-sdk\/lib\/(http-api|errors|NamespacedValue|@types))(\/|\.)/;

/** The entry only opens the conversation with the messenger; these chunks are needed right after and load beside it. */
function preloadFirstFrame(names: readonly string[]): Plugin {
  return {
    name: 'preload-first-frame',
    transformIndexHtml: {
      order: 'post',
      handler(_html, context) {
        if (context.bundle === undefined || !context.filename.endsWith('index.html')) return [];
        const chunks = Object.values(context.bundle).filter((item) => item.type === 'chunk');
        const wanted = new Set<string>();
        const add = (fileName: string): void => {
          if (wanted.has(fileName)) return;
          wanted.add(fileName);
          const chunk = chunks.find((item) => item.fileName === fileName);
          for (const imported of chunk?.imports ?? []) add(imported);
        };
        for (const chunk of chunks) if (names.includes(chunk.name)) add(chunk.fileName);
        return [...wanted].map((fileName) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `./${fileName}` },
          injectTo: 'head' as const,
        }));
      },
    },
  };
}

export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [lightMatrixSdk(), react(), preloadFirstFrame(['application', 'call'])],
  worker: { format: 'es' },
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: true,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        index: here('index.html'),
        ...(existsSync(here('recorder.html')) ? { recorder: here('recorder.html') } : {}),
        [FILMS_WORKER]: here('../transcript/worker/films-worker.ts'),
      },
      // matrix-js-sdk does not say so, but its modules only declare things.
      treeshake: { moduleSideEffects: (id) => !id.includes('/matrix-js-sdk/lib/') },
      // The widget API library prints every message, tokens included. Nothing of a meeting goes to the console.
      output: {
        // A worker controls the pages below its own address: it must lie beside the page, under a steady name.
        entryFileNames: ({ name }) => (name === FILMS_WORKER ? '[name].js' : 'assets/[name]-[hash].js'),
        minify: { compress: { dropConsole: true }, mangle: true, codegen: true },
        // A dozen tiny shared chunks would each cost a request before the first picture.
        codeSplitting: {
          groups: [
            { name: 'messenger', test: ENTRY_PACKAGES, priority: 2 },
            { name: 'media', test: /node_modules\/(livekit-client|matrix-js-sdk\/lib\/matrixrtc)\// },
            {
              name: 'interface',
              test: /node_modules\/(react|react-dom|scheduler|react-redux|@reduxjs|immer|redux|redux-thunk|reselect|use-sync-external-store|i18next|react-i18next|html-parse-stringify|void-elements|lucide-react\/dist\/esm\/(?!icons))\//,
            },
            // An icon of one screen alone comes with that screen.
            { name: 'icons', test: /node_modules\/lucide-react\/dist\/esm\/icons\//, minShareCount: 2 },
          ],
        },
      },
    },
  },
});
