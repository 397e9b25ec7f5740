import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gachette, inTurn, seconds } from '../lab.mjs'

const ROUNDS = 9
const [FEW, MANY] = [50, 5000]

/** Pinning a new version of one package in a stack of 5,000 packages, against one of 50: start-up and SSH included. */
export function measure(lab) {
  const meta = join(lab.dir, 'meta-of-2013')
  const debs = join(meta, 'debs')
  mkdirSync(debs, { recursive: true })
  const shared = deb(debs, 'shared', '1.0')
  // A store of 2013 is made of plain files, and quickly; the first edit of each stack migrates it.
  for (const count of [FEW, MANY]) {
    for (let at = 0; at < count; at++) {
      const [name, version] = [`some-package-${at}`, `1.0.${at}`]
      write(join(meta, 'packages', name, 'version', version), 'file', shared)
      write(join(meta, 'stacks', String(count), 'packages', name), 'version', version)
    }
  }
  const add = (stack, version) => {
    const file = deb(debs, `new-${stack}`, version)
    const words = `add_to_stack:new-${stack},${version},${file},${meta},${stack}`
    return () => gachette(lab, ['-H', lab.host, '--quiet', words]).wall
  }
  const rounds = (stack) => Array.from({ length: ROUNDS }, (_, at) => add(stack, `1.${at}`))
  const [few, many] = [rounds(FEW), rounds(MANY)]
  for (const stack of [FEW, MANY]) add(stack, '0')()
  const measured = inTurn(ROUNDS, { few: (at) => few[at](), many: (at) => many[at]() })
  return [
    {
      what: `add_to_stack at ${MANY} packages / at ${FEW}`,
      ours: seconds(measured.many),
      peer: `at ${FEW} ${seconds(measured.few)}`,
      ratio: measured.many / measured.few,
      bar: 2,
    },
  ]
}

function write(folder, name, line) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), `${line}\n`)
}

function deb(folder, name, version) {
  const tree = join(folder, '..', 'tree', `${name}-${version}`)
  write(
    join(tree, 'DEBIAN'),
    'control',
    `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: Bench <bench@example.org>\nDescription: tiny`,
  )
  const file = `${name}_${version}_all.deb`
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, join(folder, file)], {
    stdio: 'ignore',
  })
  return file
}
