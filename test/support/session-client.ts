// A client in a process of its own, to be killed: session-client '{host, settings, orders}'
import { PassThrough } from 'node:stream'
import { openSession } from '../../src/session/index.ts'
import { shellLine } from '../../src/shell/index.ts'

const { host, settings, orders } = JSON.parse(process.argv[2] ?? '')
const session = await openSession(host, { ...settings, warn: () => {} })
for (const { line, stdin, ...more } of orders) {
  const input =
    stdin === 'open'
      ? { stdin: new PassThrough() }
      : stdin === undefined
        ? {}
        : { stdin: Buffer.alloc(stdin) }
  void session.exec(shellLine(line), { ...more, ...input })
}
setInterval(() => {}, 1000)
