import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { parseWebcallback, postWebcallback, webcallbackWarning } from '../../src/build/webcallback.ts'

let server: Server | undefined
const heard: {
  headers: IncomingMessage['headers']
  method: string | undefined
  url: string | undefined
  body: string
}[] = []
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
  heard.length = 0
})

test('posts JSON once where it is taken', async () => {
  const url = await listen((_, response) => response.writeHead(204).end())
  expect(await postWebcallback(new URL(`${url}/done?x=1`), { name: 'dh-shop' })).toEqual({
    type: 'delivered',
    status: 204,
    attempts: 1,
  })
  expect(heard.map(({ method, url, body }) => [method, url, body])).toEqual([
    ['POST', '/done?x=1', '{"name":"dh-shop"}'],
  ])
  expect(heard[0]?.headers['content-type']).toBe('application/json')
})

test('tries again after a 5xx and a reset, and says how often', async () => {
  let count = 0
  const url = await listen((request, response) => {
    count++
    if (count === 1) response.writeHead(503).end('busy')
    else if (count === 2) request.socket.destroy()
    else response.writeHead(200).end('ok')
  })
  expect(await postWebcallback(url, {}, { pauseMs: 1 })).toEqual({
    type: 'delivered',
    status: 200,
    attempts: 3,
  })
})

test('gives up after its attempts', async () => {
  const url = await listen((_, response) => response.writeHead(500).end())
  expect(await postWebcallback(url, {}, { pauseMs: 1, attempts: 2 })).toEqual({
    type: 'refused',
    status: 500,
    attempts: 2,
  })
})

test.each([404, 302])('%i is a refusal, and no redirect is followed', async (status) => {
  const url = await listen((_, response) =>
    response.writeHead(status, { location: 'file:///etc/passwd' }).end(),
  )
  expect(await postWebcallback(url, {}, { pauseMs: 1 })).toEqual({ type: 'refused', status, attempts: 1 })
})

test('a server that does not answer is given up', async () => {
  const url = await listen(() => undefined)
  expect(await postWebcallback(url, {}, { timeoutMs: 30, attempts: 2, pauseMs: 1 })).toEqual({
    type: 'unreachable',
    reason: 'no answer within 0.03 s',
    attempts: 2,
  })
})

test('a closed port is unreachable', async () => {
  const url = await listen(() => undefined)
  server?.close()
  expect(await postWebcallback(url, {}, { attempts: 1 })).toEqual({
    type: 'unreachable',
    reason: 'ECONNREFUSED',
    attempts: 1,
  })
})

test('a cancelled run ends the attempt and makes none', async () => {
  const stop = new AbortController()
  const url = await listen(() => stop.abort())
  expect(await postWebcallback(url, {}, { signal: stop.signal })).toEqual({ type: 'cancelled', attempts: 1 })
  expect(await postWebcallback(url, {}, { signal: stop.signal })).toEqual({ type: 'cancelled', attempts: 0 })
})

test('user and password travel as a header, and are in no warning', async () => {
  const url = await listen((_, response) => response.writeHead(403).end())
  const full = `${url.replace('http://', 'http://me:s%40cret@')}/x?token=t`
  const outcome = await postWebcallback(full, {})
  expect(heard[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:s@cret').toString('base64')}`)
  expect(webcallbackWarning(full, outcome)).toBe(
    `webcallback ${url}/x answered 403; what was built or pinned stays`,
  )
})

test.each(['', 'x', 'ftp://host/x', 'file:///etc/passwd', 'javascript:1', 'http://', '-x', 'http://a b/'])(
  '%j is no webcallback',
  async (text) => {
    expect(() => parseWebcallback(text)).toThrow('is no webcallback')
    expect(await postWebcallback(text, {})).toMatchObject({ type: 'invalid', attempts: 0 })
  },
)

test('what JSON cannot carry is an outcome, not a throw', async () => {
  const url = await listen((_, response) => response.writeHead(200).end())
  const circle: { self?: unknown } = {}
  circle.self = circle
  expect(await postWebcallback(url, circle, { attempts: 1 })).toMatchObject({ type: 'unreachable' })
})

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const made = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      heard.push({ headers: request.headers, method: request.method, url: request.url, body })
      answer(request, response)
    })
  })
  server = made
  await new Promise<void>((ready) => made.listen(0, '127.0.0.1', ready))
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`
}
