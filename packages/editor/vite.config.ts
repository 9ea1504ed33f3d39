import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** In development the page is Vite's and everything else is the server's, started with `npm start`. */
const server = process.env['PATCHBAY_SERVER'] ?? 'http://127.0.0.1:8188'

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['patchbay-source', 'browser', 'module', 'import', 'default'] },
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022' },
  server: { proxy: { '/api': { target: server, ws: true } } },
})
