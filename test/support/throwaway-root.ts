import { spawnSync } from 'node:child_process'

/**
 * Runs a script as root of a copy of this machine that nobody else sees (an overlay in a mount namespace of its own),
 * and is gone when the script ends. The files given are in its folder /given. Answers what it printed, or throws.
 */
export function inThrowawayRoot(script: string, given: readonly string[] = []): string {
  const inside = `set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
mount -t proc proc /mnt/root/proc
mount --rbind /dev /mnt/root/dev
rm -rf /mnt/root/given
mkdir /mnt/root/given
[ $# -eq 0 ] || cp -- "$@" /mnt/root/given/
exec chroot /mnt/root sh -euc "$SCRIPT"`
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', inside, 'sh', ...given],
    { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', SCRIPT: script } },
  )
  if (status !== 0) throw new Error(`exit status ${status}\n${stdout}\n${stderr}`)
  return stdout
}
