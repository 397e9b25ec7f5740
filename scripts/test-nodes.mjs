// `npm run test:nodes`: the unit tests on the newer Node versions as well; their binaries come from npm.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPackages, root } from './set-up.mjs'

const VERSIONS = ['22', '24']

installPackages()
const folder = mkdtempSync(join(tmpdir(), 'gachette-nodes-'))
let failed = 0
try {
  for (const version of VERSIONS) {
    const place = join(folder, version)
    const platform = `node-${process.platform}-${process.arch}`
    const install = [
      'install',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--prefix',
      place,
      `${platform}@${version}`,
    ]
    if (spawnSync('npm', install, { stdio: 'inherit' }).status !== 0)
      throw new Error(`no Node ${version} to be had`)
    const node = join(place, 'node_modules', platform, 'bin', 'node')
    console.log(`Node ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`)
    const tests = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit']
    const { status } = spawnSync(node, tests, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${join(node, '..')}:${process.env.PATH}` },
    })
    if (status !== 0) failed++
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(failed === 0 ? 0 : 1)
