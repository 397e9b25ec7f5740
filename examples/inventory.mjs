#!/usr/bin/env node
// An inventory program: prints the hosts and roles there are as JSON (docs/hosts.md). This one reads machines.csv beside
// it; yours may ask a cloud, a database or a spreadsheet. What it prints on stderr is shown when it fails.
import { readFileSync } from 'node:fs'

const [, ...lines] = readFileSync(new URL('machines.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const hosts = {}
const roles = {}
for (const line of lines) {
  const [name, address, place, inRoles, size] = line.split(',')
  hosts[name] = { address, vars: { place, size: Number(size) } }
  for (const role of [place, ...inRoles.split(' ')]) roles[role] = [...(roles[role] ?? []), name]
}
console.log(JSON.stringify({ v: 1, hosts, roles }))
