import { expect, test } from 'vitest'
import { openSession } from '../../src/session/index.ts'
import { localSession } from '../../src/session/local.ts'
import { sh } from '../../src/shell/index.ts'
import { hostOf, overBothBodies, settingsFor } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { startSshd } from '../support/sshd.ts'

const GIB = 1 << 30

overBothBodies(() => {
  describeWith(['/usr/sbin/sshd', 'root'], 'a command that prints 1 GiB', () => {
    test.each(['stdout', 'stderr'] as const)(
      'over SSH, on %s, costs no memory',
      { timeout: 120_000 },
      async (stream) => {
        const sshd = await startSshd()
        const session = await openSession(hostOf(sshd), settingsFor(sshd))
        const before = process.memoryUsage().rss
        let bytes = 0
        let most = 0
        const onOutput = (chunk: Uint8Array) => {
          bytes += chunk.length
          most = Math.max(most, process.memoryUsage.rss())
        }
        const printing = stream === 'stdout' ? sh`head -c ${GIB} /dev/zero` : sh`head -c ${GIB} /dev/zero >&2`
        const options = stream === 'stdout' ? { onStdout: onOutput } : { onStderr: onOutput }
        expect((await session.exec(printing, options)).outcome).toEqual({ type: 'exited', code: 0 })
        expect(bytes).toBe(GIB)
        expect(most - before).toBeLessThan(90 << 20)
        await session.close()
        await sshd.stop()
      },
    )
  })
})

test('a slow reader holds a quick command back, here as well', async () => {
  const session = localSession()
  let waiting = 0
  let most = 0
  await session.exec(sh`head -c 100000000 /dev/zero`, {
    async onStdout() {
      waiting += 1
      most = Math.max(most, waiting)
      await new Promise(setImmediate)
      waiting -= 1
    },
  })
  expect(most).toBe(1)
  await session.close()
})
