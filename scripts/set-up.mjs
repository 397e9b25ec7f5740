// What `npm test` and `npm run demo` need on a fresh machine, and nothing when it is there already.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Installs the npm packages of package-lock.json, unless exactly these are there. */
export function installPackages() {
  const wanted = readFileSync(`${root}/package-lock.json`, 'utf8')
  const here = `${root}/node_modules/.package-lock.json`
  if (existsSync(here) && sameVersions(JSON.parse(readFileSync(here, 'utf8')), JSON.parse(wanted))) return
  console.log('installing npm packages …')
  step('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** Compiles src/ and tasks/ into dist/, without the types for editors. */
export function build() {
  step(process.execPath, [`${root}/scripts/bundle.mjs`])
}

/** Runs one program of the set-up in the project's folder; what it prints is shown; ends this process when it fails. */
export function step(program, args, env = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (error) {
    console.error(`${program}: ${error.message}`)
    process.exit(1)
  }
  if (status !== 0) {
    console.error(`${program} ${args.join(' ')} failed (exit ${status})`)
    process.exit(1)
  }
}

/** Programs of a list that are not on this machine's PATH (the folders of system programs included). */
export function missingPrograms(programs) {
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin`
  return programs.filter((program) => {
    try {
      execFileSync('/bin/sh', ['-c', 'command -v "$1" >/dev/null', 'sh', program], {
        env: { ...process.env, PATH },
      })
      return false
    } catch {
      return true
    }
  })
}

function sameVersions(here, wanted) {
  const versions = Object.entries(wanted.packages).filter(([path, entry]) => path !== '' && !entry.optional)
  return versions.every(([path, { version }]) => here.packages[path]?.version === version)
}
