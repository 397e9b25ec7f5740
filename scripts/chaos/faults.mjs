// What can happen to a run. Each is drawn with a moment, in milliseconds after the program was started.

const DAY = 86_400

const KINDS = {
  reset: onHost((host) => host.proxy.cut('reset')),
  close: onHost((host) => host.proxy.cut('close')),
  freeze: onHost((host) => host.proxy.cut('freeze')),
  outage: (about) => {
    const ms = about.between(100, 2500)
    return onHost((host, { later }) => {
      host.proxy.down(true)
      host.proxy.cut('reset')
      later(ms, () => host.proxy.down(false))
    }, `for ${ms} ms`)(about)
  },
  slow: (about) => {
    const ms = about.between(20, 120)
    return onHost((host) => host.proxy.slow(ms), `by ${ms} ms`)(about)
  },
  sshd: (about) => {
    const ms = about.between(0, 2000)
    return onHost((host, { later }) => {
      host.killSshd()
      later(ms, () => host.start(host.kind))
    }, `for ${ms} ms`)(about)
  },
  'disk full': (about) => {
    const ms = about.between(300, 3000)
    const leave = about.oneOf([0, 0, 8, 64, 400])
    return onHost((host, { later }) => {
      host.fill(leave)
      later(ms, () => host.free())
    }, `but ${leave} KiB for ${ms} ms`)(about)
  },
  clock: (about) => {
    const seconds = about.oneOf([-400 * DAY, -DAY, -3600, 3600, 2 * DAY, 400 * DAY])
    return { ...onHost((host) => host.jump(seconds), `by ${seconds} s`)(about), kind: 'clock' }
  },
  SIGINT: signal('SIGINT'),
  SIGTERM: signal('SIGTERM'),
  SIGKILL: signal('SIGKILL'),
}

// Twice what an undisturbed run takes would often be too late.
const LATEST = 1.1

/** One fault or two: `{what, atMs, hosts, signal?, strike}`. */
export function drawFaults(about, { usualMs, hosts }) {
  const count = about.chance(0.35) ? 2 : 1
  return Array.from({ length: count }, () => {
    const what = about.oneOf(Object.keys(KINDS))
    return { what, atMs: about.between(0, usualMs * LATEST), ...KINDS[what]({ ...about, hosts }) }
  })
}

function onHost(act, words = '') {
  return ({ hosts, oneOf, chance }) => {
    const struck = chance(0.15) ? hosts : [oneOf(hosts)]
    return {
      hosts: struck,
      text: `${struck.map(({ name }) => name).join('+')}${words === '' ? '' : ` ${words}`}`,
      strike: (round) => {
        for (const host of struck) act(host, round)
      },
    }
  }
}

function signal(name) {
  return ({ hosts }) => ({
    hosts,
    signal: name,
    text: 'gachette',
    strike: ({ child }) => child.kill(name),
  })
}

export const faultText = ({ what, text, atMs }) => `${what} ${text} at ${atMs} ms`
