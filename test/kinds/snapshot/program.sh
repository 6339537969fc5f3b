#!/bin/sh
# Stands for every program that only a node has, under its name: answers from files of the folder above, and writes down what changes something.
cd "${0%/*}/.." || exit
name=${0##*/}
[ ! -e "/proc/$$/fd/8" ] || echo "the lock leaked into $name" >>log
[ ! -e "$name.fails" ] || { cat "$name.fails" >&2; exit 5; }
words=" $* "
# GROUP/NAME: its line among the snapshots, and the others.
line() { grep "^${1%%/*} ${1#*/} " snapshots; }
others() { grep -v "^${1%%/*} ${1#*/} " snapshots; }
case $name in
  uname) echo alpha ;;
  sleep)
    read -r up _ <uptime
    echo "$((${up%%.*} + $1)).00 0.00" >uptime
    [ ! -e tick ] || sh ./tick
    ;;
  date) case $1 in +%s) echo 1795316400 ;; *) cat stamp ;; esac ;;
  xl)
    case $1 in
      list) if [ "$2" = -v ]; then cat xl-here 2>/dev/null || exit 255; else printf 'Name ID\nweb 1 128 1 %s 1.0\n' "$(cat state)"; fi ;;
      pause) echo "$name $*" >>log && echo '--p---' >state ;;
      unpause) echo "$name $*" >>log && echo '-b----' >state ;;
    esac
    ;;
  systemd-run | systemctl) ;;
  drbdadm) cat "$2.$1" ;;
  drbdsetup) cat "$2.show" ;;
  vgs) cat vgs ;;
  lvcreate)
    echo "$name $*" >>log
    tags='' origin=''
    while [ $# -gt 0 ]; do
      case $1 in
        --addtag) tags="$tags,$2" && shift ;;
        --name) new=$2 && shift ;;
        *) origin=$1 ;;
      esac
      shift
    done
    echo "${origin%%/*} $new $new-uuid ${origin#*/} ${tags#,}" >>snapshots
    ;;
  lvchange)
    echo "$name $*" >>log
    verb=$1 tag=$2
    shift 2
    for path; do
      now=$(line "$path") rest=$(others "$path")
      now=$(printf '%s\n' "$now" | sed "s/,$tag\$//; s/,$tag,/,/")
      [ "$verb" = --deltag ] || now=$now,$tag
      printf '%s\n%s\n' "$rest" "$now" | grep . >snapshots
    done
    ;;
  lvremove)
    echo "$name $*" >>log
    rest=$(others "$2")
    printf '%s\n' "$rest" >snapshots
    ;;
  lvs)
    slice=${words#* lv_name=}
    slice=${slice%% *}
    case $words in
      *" lv_active,"*) cat "$slice.slice" 2>/dev/null || : ;;
      *data_percent*) [ -e "$slice.full" ] || echo "  $slice" ;;
      *" vg_name,lv_name,"*) tag=${words##*lv_tags=} && sed 's/^/  /' snapshots | grep -e "[ ,]${tag% }\(,\|\$\)" || : ;;
      *" lv_uuid "*) [ -e "$slice.open" ] || { uuid=${words#*lv_uuid=} && echo "  ${uuid%% *}"; } ;;
    esac
    ;;
esac
