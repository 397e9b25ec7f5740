/**
 * The life of one throwaway host, in mount and process namespaces of its own: everything it writes is in memory, and it is
 * started again whenever it ends. Control groups of its own keep several systemds apart.
 */
export const HOST_SCRIPT = `set -eu
for root in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
  [ -e "$root/cgroup.procs" ] || continue
  mkdir "$root/$GROUP"
  echo 0 >"$root/$GROUP/cgroup.procs"
done
mount -t tmpfs -o size="$DISK",mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$BASE,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
cd /mnt/root
echo "$NAME" >etc/hostname
printf '127.0.0.1 localhost\\n127.0.1.1 %s\\n' "$NAME" >etc/hosts
mkdir -p root/.ssh
printf '%s\\n' "$PUBLIC_KEY" >root/.ssh/authorized_keys
printf '%s\\n' "$HOST_KEY" >etc/ssh/ssh_host_ed25519_key
chmod 600 etc/ssh/ssh_host_ed25519_key root/.ssh/authorized_keys
chmod 700 root/.ssh
for line in "ListenAddress $ADDRESS" "Port $PORT" 'UseDNS no' 'MaxStartups 1000' 'MaxSessions 1000'; do
  echo "$line"
done >etc/ssh/sshd_config.d/host.conf
cd /
boot() {
  systemd-nspawn -q -b -D /mnt/root --register=no --keep-unit --machine="$NAME" --resolv-conf=off --timezone=off
}
sshd_only() {
  unshare --mount --uts --ipc --pid --fork --kill-child sh -euc '
    hostname "$NAME"
    cd /mnt/root
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount --rbind /dev dev
    mount -t tmpfs -o mode=755 tmpfs run
    mkdir -p run/sshd run/lock
    exec env -i PATH="$PATH" chroot . /usr/sbin/sshd -D -e'
}
while :; do
  if [ "$SYSTEMD" = yes ]; then boot; else sshd_only; fi </dev/null >/dev/null 2>/mnt/console || :
  cat /mnt/console >&2
done`

/** Makes the base of a release ($1) with packages ($3) in a folder ($2), unless another has done so meanwhile. */
export const MAKE_BASE = `[ ! -e "$2" ] || exit 0
fresh=$2.$$
trap 'rm -rf "$fresh"' EXIT
mmdebstrap -q --variant=apt "--include=$3" "$1" "$fresh"
rm -f "$fresh"/etc/ssh/ssh_host_*
# Nothing may take apt's lock but what the tests start.
for unit in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all; do
  ln -sf /dev/null "$fresh/etc/systemd/system/$unit.timer"
done
mv -T "$fresh" "$2"`
