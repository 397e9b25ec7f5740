// `bundle.mjs [TO]`: compiles src/ and tasks/ into dist/, or another folder. Few files, for Node takes half a millisecond
// to load one, and there are hundreds.
import { chmodSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** What is run or imported by name; all else becomes a part of these, or a file that is loaded when it is needed. */
const ENTRIES = ['src/bin', 'src/index', 'src/command-line', 'src/testing/index', 'tasks/index']

const root = fileURLToPath(new URL('..', import.meta.url))

await bundle(resolve(process.argv[2] ?? join(root, 'dist')))

/** Writes `to`/src and `to`/tasks. What comes from node_modules, and `gachette` itself, is imported as ever. */
async function bundle(to) {
  const building = await rolldown({
    cwd: root,
    input: Object.fromEntries(ENTRIES.map((name) => [name, join(root, `${name}.ts`)])),
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
    tsconfig: false,
    logLevel: 'warn',
  })
  try {
    for (const folder of ['src', 'tasks']) rmSync(join(to, folder), { recursive: true, force: true })
    await building.write({
      dir: to,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'src/[name]-[hash].js',
    })
    // `npm link` does so once; a link that is there already points here after the next build, too.
    chmodSync(join(to, 'src/bin.js'), 0o755)
  } finally {
    await building.close()
  }
}
