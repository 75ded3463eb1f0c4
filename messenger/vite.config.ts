import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';

/** matrix-widget-api prints every message it carries, SFU tokens and media keys included: secrets have no place in a console. */
function silentWidgetApi(): Plugin {
  return {
    name: 'silent-widget-api',
    transform(code, id) {
      if (!/[\\/]matrix-widget-api[\\/]/.test(id)) return undefined;
      return { code: code.replaceAll(/\bconsole\.(log|debug)\(/g, '(() => undefined)('), map: null };
    },
  };
}

export default defineConfig({
  plugins: [silentWidgetApi(), react()],
  define: { global: 'globalThis' },
  // The crypto package finds its .wasm beside itself; pre-bundling would tear them apart.
  optimizeDeps: { exclude: ['@matrix-org/matrix-sdk-crypto-wasm', 'matrix-widget-api'] },
  build: {
    target: 'es2024',
    // Nothing inline: the page runs under a policy without data: scripts or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: { index: 'index.html', 'films-worker': '../transcript/worker/films-worker.ts' },
      // A worker controls the pages below its own address: this one must lie at the root, under a steady name.
      output: {
        entryFileNames: ({ name }) => (name === 'films-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
