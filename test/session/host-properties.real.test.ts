import { afterAll, beforeAll, expect, test } from 'vitest'
import { Inventory } from '../../src/inventory/index.ts'
import { openSession, type Session } from '../../src/session/index.ts'
import { sh } from '../../src/shell/index.ts'
import { me, overBothBodies, settingsFor } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

let gate: Sshd
let sshd: Sshd
beforeAll(async () => {
  gate = await startSshd()
  sshd = await startSshd()
})
afterAll(async () => {
  await gate.stop()
  await sshd.stop()
})

async function printed(session: Session, text: ReturnType<typeof sh>, env = {}): Promise<string> {
  let out = ''
  await session.exec(text, {
    env,
    onStdout: (chunk) => {
      out += Buffer.from(chunk).toString()
    },
  })
  return out.trim()
}

describeWith(['sshd'], 'the properties of a role', () => {
  overBothBodies(() => {
    test('decide how a host is reached: user, port, key, jump host; and what its commands find', async () => {
      const role = {
        hosts: [sshd.address],
        user: me,
        port: sshd.port,
        keyFiles: [sshd.keyFile],
        gateway: `${me}@${gate.address}:${gate.port}`,
        env: { SHOP_ENV: "it's", LANG: 'C' },
      }
      const inventory = new Inventory({ hosts: [], roles: { shop: role } })
      // The run's own key opens the gate only, and its port and user are nobody's.
      const settings = {
        ...settingsFor(gate, { knownHosts: [gate.knownHosts, sshd.knownHosts] }),
        port: 1,
        user: 'nobody-here',
      }
      const logins = () => gate.log().split('Accepted publickey').length
      const before = logins()
      const session = await openSession(inventory.host(sshd.address), settings)
      try {
        const from = await printed(session, sh`echo "$SSH_CONNECTION"`)
        expect(from.split(' ').slice(2)).toEqual([sshd.address, String(sshd.port)])
        expect(await printed(session, sh`echo "$SHOP_ENV $LANG"`)).toBe("it's C")
        expect(await printed(session, sh`echo "$SHOP_ENV $LANG"`, { LANG: 'C.UTF-8' })).toBe("it's C.UTF-8")
        expect(logins()).toBe(before + 1)
      } finally {
        await session.close()
      }
    })
  })
})
