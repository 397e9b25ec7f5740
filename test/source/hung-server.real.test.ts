import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WorkingCopy } from '../../src/source/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'

describeWith(['git', 'flock'], 'a git server that takes calls and says nothing', () => {
  test('is given up, after as long as the host says', async () => {
    const open = new Set<Socket>()
    const server = createServer((socket) => open.add(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const workPath = mkdtempSync(join(tmpdir(), 'gachette-hung-'))
    onTestFinished(() => {
      for (const socket of open) socket.destroy()
      server.close()
      rmSync(workPath, { recursive: true, force: true })
    })
    const remote = localRemote({ ...process.env, GIT_HTTP_LOW_SPEED_TIME: '1' })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop.git`
    await expect(new WorkingCopy(remote, { name: 'shop', workPath }).prepare({ url })).rejects.toMatchObject({
      message: `shop: ${url} could not be fetched`,
      output: expect.arrayContaining([expect.stringMatching(/too slow/)]),
    })
  })
})
