import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Bench,
  bench,
  buildRepository,
  FIXTURES,
  filesOf,
  textRepository,
} from '../../support/golden.ts'
import { describeWith } from '../../support/needs.ts'

const PASSWORD = 'p@ss "w\\ord'
const MISSILE = `name: app
type: application
environment:
  name: env
  type: python
  requirements: [all.txt]
  post_environment: ["env > environment.txt"]
`

describeWith(['git', 'dpkg-deb', '/usr/bin/python3'], 'an index of pip that wants a password', () => {
  let at: Bench
  let server: Server
  /** Of each request: who asked, and which argument lists of this machine held the password. */
  const asked: { authorization: string | undefined; shown: string[] }[] = []
  beforeAll(async () => {
    at = bench()
    const index = at.path('index')
    execFileSync('sh', [join(FIXTURES, 'recreate.sh'), '--stub-index', join(FIXTURES, 'stubs'), index])
    const [wheel = ''] = readdirSync(index)
    server = createServer(({ url = '', headers: { authorization } }, response) => {
      asked.push({ authorization, shown: argumentLists().filter((words) => words.includes('p%40ss')) })
      if (authorization === undefined) return void response.writeHead(401).end()
      if (url.endsWith(wheel)) return void response.end(readFileSync(join(index, wheel)))
      response.setHeader('Content-Type', 'text/html').end(`<a href="/${wheel}">${wheel}</a>`)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => {
    server.close()
    at.remove()
  })

  test('gets it, and no argument list, output or file of the package shows it', async () => {
    const { port } = server.address() as AddressInfo
    const user = `he%20ro:${encodeURIComponent(PASSWORD)}`
    const repository = textRepository(at, { '.missile.yml': MISSILE, 'a.txt': 'a', 'all.txt': 'tidetable\n' })
    const [env] = await buildRepository(at, repository, {
      request: { pipOptions: ['--index-url', `http://${user}@127.0.0.1:${port}/simple`, '--timeout=5'] },
    })
    expect(filesOf(env?.path ?? '').map(({ path }) => path)).toContain('/opt/trebuchet/env/env/bin/tidetable')
    const basic = `Basic ${Buffer.from(`he ro:${PASSWORD}`).toString('base64')}`
    expect(asked.at(-1)?.authorization).toBe(basic)
    expect(asked.flatMap(({ shown }) => shown)).toEqual([])
    expect(at.remote.said.join('\n')).not.toMatch(/p(@|%40)ss|NETRC/)
    execFileSync('dpkg-deb', ['-x', env?.path ?? '', at.path('unpacked')])
    const environment = readFileSync(at.path('unpacked/opt/trebuchet/env/env/environment.txt'), 'utf8')
    expect(environment).not.toMatch(/p(@|%40)ss|NETRC/)
  }, 120_000)
})

function argumentLists(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'latin1')]
      } catch {
        return []
      }
    })
}
