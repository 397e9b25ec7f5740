import { type CarryOptions, type CarryOut, sessionOver } from './carried.ts'
import { Channels } from './channels.ts'
import type { Connection } from './connection.ts'
import type { ExecChannel } from './executor.ts'
import { type Ending, follow, type Started } from './follow.ts'
import { endFromOutside, throughLoginShell, wrap } from './lifeline.ts'
import type { Session } from './session.ts'

/** A session over an SSH connection; it owns the connection from now on. */
export function sshSession(connection: Connection): Session {
  const channels = new Channels(connection)
  // sshd makes a session for every command; of a server that does not, this is learned from the first one.
  let inOwnSession = false

  const carryOut: CarryOut = async (command, options) => {
    for (;;) {
      const wrapped = wrap(command, { ...options, inOwnSession, longLines: connection.isOpenSsh })
      const line = throughLoginShell(wrapped.script, inOwnSession)
      const followed = await channels.run(line, options, (channel) =>
        follow(startedOn(channel, connection, rescueWith(options)), wrapped, options),
      )
      if (followed === 'cancelled') return { type: 'cancelled', remote: { type: 'ended' } }
      if (followed === 'lost')
        return { type: 'lost', reason: connection.lost() ?? '', remote: { type: 'unknown' } }
      if (followed.type !== 'no-session') return followed
      inOwnSession = true
    }
  }

  /**
   * On a channel of its own. Where the host has no room for one, it is the connection that ends: that the lifeline
   * notices, even behind input nobody reads.
   */
  function rescueWith({ sudo, terminal }: CarryOptions): Started['rescue'] {
    // A sudo that insists on a terminal does so here, too.
    const asItWas = sudo ? { sudo, ...(terminal && { terminal }) } : {}
    return async function rescue(marker) {
      const wrapped = wrap(endFromOutside(marker), { inOwnSession, ...asItWas })
      const line = throughLoginShell(wrapped.script, inOwnSession)
      const said: Uint8Array[] = []
      const hear = (chunk: Uint8Array) => void said.push(chunk)
      const heard = { ...asItWas, onStdout: hear, onStderr: hear }
      try {
        await channels.run(line, { ...heard, urgent: true }, (channel) =>
          follow(startedOn(channel, connection, rescue), wrapped, heard),
        )
      } catch {
        connection.close(
          'closed to end a command: the host has no room for the session that would end it alone',
        )
      }
      return Buffer.concat(said)
    }
  }

  const session = sessionOver(connection.host, carryOut, async () => {
    connection.close()
    await connection.closed
  })
  return { ...session, hostKey: connection.hostKeyFingerprint }
}

function startedOn(channel: ExecChannel, connection: Connection, rescue: Started['rescue']): Started {
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    onExit: (listener) => void channel.once('exit', listener),
    closed: endingOf(channel, connection),
    release: () => channel.close(),
    rescue,
  }
}

/** Both streams read to their end, and the exit status of `close`: only there is it certain. */
function endingOf(channel: ExecChannel, connection: Connection): Promise<Ending> {
  return new Promise((resolve) => {
    let open = 3
    let ending: Ending = { lost: 'the host said nothing' }
    const closed = () => {
      open -= 1
      if (open === 0) resolve(ending)
    }
    channel.once('end', closed)
    channel.stderr.once('end', closed)
    channel.once('close', (code: number | null | undefined, signal?: string) => {
      if (typeof code === 'number') ending = { code }
      else if (signal !== undefined) ending = { signal }
      else ending = { lost: connection.lost() ?? 'the host closed the channel without an exit status' }
      closed()
    })
  })
}
