// `npm run demo`: the main job, for real, on this machine: a throwaway SSH server on loopback is the build machine.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, installPackages, missingPrograms, root } from './set-up.mjs'

const missing = missingPrograms(['git', 'dpkg-deb', 'flock', 'xz'])
if (missing.length > 0) {
  console.error(
    `demo: this machine lacks ${missing.join(', ')}; on Debian: apt-get install git dpkg util-linux xz-utils`,
  )
  process.exit(2)
}
installPackages()
build()
const { throwawayHost } = await import('gachette/testing')

const place = mkdtempSync(join(tmpdir(), 'gachette-demo-'))
const host = await throwawayHost()
let status = 1
try {
  const shop = sampleRepository()
  settings(shop)
  say(
    `a build machine answers on ${host.address}:${host.port}; the project's settings and repository are in ${place}`,
  )
  await gachette('stack_create:0.0.1')
  await gachette('quick:0.0.1,shop')
  await gachette('stack', 'show', '0.0.1')
  await gachette('--', `dpkg-deb --contents ${join(place, 'meta/debs')}/dh-shop-[0-9]*.deb`)
  say('everything above was real: SSH, git, dpkg-deb. It is removed now.')
  status = 0
} catch (error) {
  console.error(`demo: ${error.message}`)
} finally {
  await host.stop()
  rmSync(place, { recursive: true, force: true })
}
process.exit(status)

/** A small shop: code, a settings template, a program, a service. */
function sampleRepository() {
  const shop = join(place, 'shop')
  const files = {
    '.missile.yml': [
      'default:',
      '  name: shop',
      '  type: application',
      '  greeting: Welcome',
      '  extra_files:',
      '    - { name: shop_front, type: binary, template: .deploy/front.sh }',
      '  services:',
      '    - { name: shop_front, binary_name: shop_front, env_var: { port: 8080 } }',
      '',
    ].join('\n'),
    '.deploy/front.sh': '#!/bin/sh\necho "{{ greeting }} to {{ name }}"\nexec sleep infinity\n',
    'catalogue.txt': 'apples\npears\n',
  }
  mkdirSync(join(shop, '.deploy'), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(shop, name), text)
  const git = (...args) =>
    execFileSync(
      'git',
      ['-C', shop, '-c', 'user.name=Demo', '-c', 'user.email=demo@example.invalid', ...args],
      { stdio: 'pipe' },
    )
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('commit', '-q', '-m', 'Open the shop')
  return shop
}

function settings(shop) {
  const text = [
    `hosts: ["${host.user}@${host.address}:${host.port}"]`,
    `key_filename: ${host.keyFile}`,
    `known_hosts: ${host.knownHosts}`,
    'use_ssh_config: false',
    `meta_path: ${join(place, 'meta')}`,
    `work_path: ${join(place, 'work')}`,
    'projects:',
    '  shop:',
    `    url: ${shop}`,
    '',
  ]
  writeFileSync(join(place, '.gachetterc'), text.join('\n'))
}

/** Runs the program as a person would type it, in the demo's folder. */
async function gachette(...args) {
  console.log(`\n$ gachette ${args.map((word) => (word.includes(' ') ? `'${word}'` : word)).join(' ')}`)
  // Not spawnSync: the SSH server lives in this process and must go on answering.
  const child = spawn(process.execPath, [join(root, 'dist/src/bin.js'), ...args], {
    cwd: place,
    stdio: 'inherit',
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`gachette ${args.join(' ')} ended with ${code}`)
}

function say(text) {
  console.log(`\n# ${text}`)
}
