import { isIPv6 } from 'node:net'
import { printable, UsageError } from '../shell/index.ts'
import type { Host } from './host.ts'

const LONGEST = 253
// A stricter valid_ruser() and valid_hostname() of OpenSSH's ssh.c: what a shell, an option parser or a terminal
// could take for something else is no name. Names of ssh_config aliases and of IDN hosts pass.
/** A name to log in by. */
export const USER_NAME = /^(?=.{1,253}$)[\p{L}\p{N}_.][\p{L}\p{N}\p{M}_.@+\\~%=-]*(?<!\\)$/u
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.+-]*$/u
const ZONE = /^[A-Za-z0-9_.-]+$/

/**
 * One host as people type it: `web1`, `user@web1:22`, `user@[::1]:2222`, `::1`, `local`. The one way to make a Host;
 * what could be an option, a command or several words is refused with a UsageError.
 */
export function parseHost(text: string): Host {
  if (text === 'local') return { kind: 'local', name: 'local' }
  if (text.length > 2 * LONGEST) throw refused(text, 'it is too long')
  const at = text.lastIndexOf('@')
  const user = at < 0 ? undefined : text.slice(0, at)
  const name = text.slice(at + 1)
  if (user !== undefined && !USER_NAME.test(user)) throw refused(text, 'the part before @ is no user name')
  const { address, port } = parseAddress(name, text)
  return {
    kind: 'ssh',
    name,
    address,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
  }
}

/** A host as `parseHost` reads it again: `user@web1:22`. */
export const showHost = (host: Host): string =>
  host.kind === 'ssh' && host.user !== undefined ? `${host.user}@${host.name}` : host.name

function parseAddress(name: string, text: string): { readonly address: string; readonly port?: number } {
  const bracketed = /^\[([^[\]]*)\](?::(.*))?$/s.exec(name)
  if (bracketed) {
    const [, address = '', port] = bracketed
    if (!isAddress6(address)) throw refused(text, 'what is in brackets is no IPv6 address')
    return port === undefined ? { address } : { address, port: parsePort(port, text) }
  }
  if (isAddress6(name)) return { address: name }
  const [address = '', port, ...more] = name.split(':')
  if (more.length > 0) throw refused(text, 'an IPv6 address with a port is written [::1]:22')
  if (address.length > LONGEST || !NAME.test(address)) throw refused(text, 'that is no host name')
  return port === undefined ? { address } : { address, port: parsePort(port, text) }
}

function parsePort(digits: string, text: string): number {
  const port = Number(digits)
  if (!/^[0-9]{1,5}$/.test(digits) || port < 1 || port > 65_535)
    throw refused(text, 'a port is a number from 1 to 65535')
  return port
}

function isAddress6(text: string): boolean {
  const [address = '', zone, ...more] = text.split('%')
  return isIPv6(address) && (zone === undefined || ZONE.test(zone)) && more.length === 0
}

const refused = (text: string, why: string): UsageError =>
  new UsageError(`${printable(text)} is not a host: ${why}`, {
    hint: 'a host is written  web1 , user@web1:22 , [::1]:22  or  local',
  })
