import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** In development the page is Vite's and everything else is the server's, started with `npm start`. */
const server = process.env['PATCHBAY_SERVER'] ?? 'http://127.0.0.1:8188'

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['patchbay-source', 'browser', 'module', 'import', 'default'] },
  logLevel: 'warn',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // What is loaded first is measured compressed, by `npm run bench -- editor`.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { proxy: { '/api': { target: server, ws: true } } },
})
