import { quote } from '../shell/index.ts'
import type { TaskContext } from './task.ts'

/** How one types another line for this host with these settings: `gachette -H root@build1`, before the task. */
export function calledAs({ host, setting }: Pick<TaskContext, 'host' | 'setting'>): string {
  const name = host.kind === 'ssh' && host.user !== undefined ? `${host.user}@${host.name}` : host.name
  const hosts = setting('hosts')
  const isUsual = Array.isArray(hosts) && hosts.length === 1 && hosts[0] === name
  const { configFile } = setting
  return [
    'gachette',
    ...(configFile === undefined ? [] : ['-c', quote(configFile)]),
    ...(isUsual ? [] : ['-H', name]),
  ].join(' ')
}
