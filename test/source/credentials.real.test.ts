import {
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WorkingCopy } from '../../src/source/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { makeRepository, type Repository } from '../support/repository.ts'

let folder = ''
let origin: Repository
let server: Server
let url: URL
let seen: string[] = []
let login = 'ci:hunter 2'
const remote = () => localRemote({ ...process.env, HOME: folder })
const shop = (on = remote()) => new WorkingCopy(on, { name: 'shop', workPath: join(folder, 'work') })

/** git's "dumb" protocol over http: the files of a repository, for whoever knows the password. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gachette-credentials-'))
  origin = makeRepository(join(folder, 'origin'))
  seen = []
  login = 'ci:hunter 2'
  server = createServer((request, response) => {
    seen.push(`${request.headers.authorization ?? 'nobody'}`)
    seen.push(...argumentsOfAll().filter((line) => line.includes('hunter')))
    if (request.headers.authorization !== `Basic ${Buffer.from(login).toString('base64')}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      return
    }
    const path = join(origin.dir, '.git', new URL(request.url ?? '', url).pathname.replace('/shop.git/', ''))
    if (existsSync(path) && statSync(path).isFile()) createReadStream(path).pipe(response.writeHead(200))
    else response.writeHead(404).end()
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/shop.git`)
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a password in a url opens the repository, and is in no argument, file, answer or message', async () => {
  const commit = origin.commit({ a: '1' })
  origin.git('update-server-info')
  const on = remote()
  const prepared = await shop(on).prepare({ url: url.href.replace('//', '//ci:hunter%202@'), ref: 'main' })
  expect(prepared).toMatchObject({ commit, url: url.href })
  expect(new Set(seen)).toEqual(new Set(['nobody', `Basic ${Buffer.from('ci:hunter 2').toString('base64')}`]))
  expect(await on.check`grep -r hunter ${join(folder, 'work')}`).toBe(false)
  expect(on.said.join('')).not.toContain('hunter')
})

test('a user alone may be a token, and is in no argument, file, answer or message', async () => {
  const commit = origin.commit({ a: '1' })
  origin.git('update-server-info')
  login = "hunter's 3:"
  const on = remote()
  const prepared = await shop(on).prepare({ url: url.href.replace('//', "//hunter's%203@"), ref: 'main' })
  expect(prepared).toMatchObject({ commit, url: url.href })
  expect(new Set(seen)).toEqual(new Set(['nobody', `Basic ${Buffer.from(login).toString('base64')}`]))
  expect(await on.check`grep -r hunter ${join(folder, 'work')}`).toBe(false)
  expect(on.said.join('')).not.toContain('hunter')
})

test("a user alone gets the password that the machine's own helper knows", async () => {
  const commit = origin.commit({ a: '1' })
  origin.git('update-server-info')
  const known = url.href.replace('//', '//ci:hunter%202@').replace('/shop.git', '')
  writeFileSync(join(folder, '.git-credentials'), `${url.href.replace('//', '//bob:x@')}\n${known}\n`)
  writeFileSync(join(folder, '.gitconfig'), '[credential]\n\thelper = store\n')
  const prepared = await shop().prepare({ url: url.href.replace('//', '//ci@'), ref: 'main' })
  expect(prepared).toMatchObject({ commit, url: url.href })
})

test('a wrong or missing password is refused at once, and nobody is asked', async () => {
  origin.commit({ a: '1' })
  origin.git('update-server-info')
  for (const userInfo of ['', 'ci:hunter3@', 'ci@']) {
    const asked = shop().prepare({ url: url.href.replace('//', `//${userInfo}`), ref: 'main' })
    await expect(asked).rejects.toMatchObject({
      message: `shop: ${url.href} could not be fetched`,
      hint: 'is the url right, and may the build machine read it without a password?',
    })
    await asked.catch((error: Error) => expect(JSON.stringify(error)).not.toContain('hunter'))
  }
})

function argumentsOfAll(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'latin1')]
      } catch {
        return []
      }
    })
}
