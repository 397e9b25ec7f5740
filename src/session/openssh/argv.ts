import { quote, UsageError } from '../../shell/index.ts'
import type { ConnectSettings } from '../connect-settings.ts'
import type { Target } from '../target.ts'

export interface Way {
  /** Where ssh is to listen for us. */
  readonly controlPath: string
  /** Where ssh is to write a key it accepts as new; undefined: it accepts none. */
  readonly newKeysPath: string | undefined
  /** The control socket of the jump host, where there is one. */
  readonly gatePath: string | undefined
  /** Whether somebody, or the settings, can answer a question. */
  readonly asks: boolean
}

/** ssh ends so long after the last who uses it, should nobody be left to end it. */
const ORPHANED_S = 5

/**
 * The arguments of the ssh that logs in to a target and keeps the connection. What settings and flags decide stands in
 * front, where it wins over ssh_config; all else ssh reads itself.
 */
export function argvFor(target: Target, settings: ConnectSettings, way: Way): string[] {
  const { user, port } = target.told
  return [
    '-f', // exits 0 as soon as it is logged in
    '-N',
    '-M',
    '-v', // see Progress
    ...configOf(settings),
    ...optionsOf(target, settings, way).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    target.host.address,
  ]
}

function configOf({ useSshConfig, sshConfigPath }: ConnectSettings): string[] {
  if (!useSshConfig) return ['-F', 'none']
  return sshConfigPath === undefined ? [] : ['-F', sshConfigPath]
}

function optionsOf(target: Target, settings: ConnectSettings, way: Way): [string, string | number][] {
  const keys = [...target.namedKeyFiles, ...target.configKeyFiles]
  return [
    ['LogLevel', 'DEBUG1'],
    ['FingerprintHash', 'sha256'],
    ['ControlPath', word(way.controlPath)],
    ['ControlPersist', ORPHANED_S],
    ...hostKeyOptions(target, settings, way.newKeysPath),
    // Nothing but commands: what ssh_config forwards or runs is for people.
    ['ClearAllForwardings', 'yes'],
    ['PermitLocalCommand', 'no'],
    ['RemoteCommand', 'none'],
    ['RequestTTY', 'no'],
    ['ForwardX11', 'no'],
    ['Tunnel', 'no'],
    ['ForwardAgent', target.forwardedAgent === undefined ? 'no' : word(target.forwardedAgent)],
    ...keys.map((file): [string, string] => ['IdentityFile', word(file)]),
    ['BatchMode', way.asks ? 'no' : 'yes'],
    ['NumberOfPasswordPrompts', target.interactive ? 3 : 1],
    ['ConnectionAttempts', 1],
    ['ConnectTimeout', Math.ceil(target.timeoutMs / 1000)],
    ['ServerAliveInterval', Math.ceil(target.keepaliveMs / 1000)],
    ['ServerAliveCountMax', target.keepaliveMisses],
    ...proxyOptions(target, way.gatePath),
  ]
}

const NOBODY = '/dev/null'

/** ssh_config's own policy is not heeded: to weaken the check must be typed into our settings. */
function hostKeyOptions(
  target: Target,
  settings: ConnectSettings,
  newKeysPath: string | undefined,
): [string, string][] {
  const policies = { strict: 'yes', 'accept-new': 'accept-new', off: 'no' }
  const known = [...(newKeysPath === undefined ? [] : [newKeysPath]), ...target.knownHostsFiles]
  return [
    ['StrictHostKeyChecking', policies[settings.hostKeyPolicy]],
    // All files, the system's as well, as `Target` has them in order; ssh writes to the first.
    ['UserKnownHostsFile', settings.hostKeyPolicy === 'off' ? NOBODY : known.map(word).join(' ') || NOBODY],
    ['GlobalKnownHostsFile', NOBODY],
    // Neither writes what nobody asked for, nor refuses a host for its address.
    ['UpdateHostKeys', 'no'],
    ['CheckHostIP', 'no'],
  ]
}

/** Jump hosts are logged in to by us, one by one; a ProxyCommand of ssh_config is ssh's own to run. */
function proxyOptions({ via }: Target, gatePath: string | undefined): [string, string][] {
  if (gatePath !== undefined) {
    // Without its socket it must not go and look for a host of that name.
    const never = ['-o', 'ProxyCommand=false', '--', 'gate.invalid']
    const argv = ['ssh', '-F', 'none', '-S', doubled(gatePath), '-W', '[%h]:%p', ...never]
    return [['ProxyCommand', argv.map(quote).join(' ')]]
  }
  return via.type === 'command' ? [] : [['ProxyCommand', 'none']]
}

const doubled = (text: string): string => text.replaceAll('%', '%%')

/** A path as one word of an option's value. There is no way to write `$` and `"` there: ssh would read more into it. */
function word(path: string): string {
  if (/["\\$\x00-\x1f\x7f]/.test(path))
    throw new UsageError(`${quote(path)} cannot be named to ssh`, {
      hint: 'with  ssh_client: openssh  no path may hold  "  $  \\  or a control character',
    })
  return /[\s#'=,]/.test(path) ? `"${doubled(path)}"` : doubled(path)
}
