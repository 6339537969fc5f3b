/**
 * The shell functions in which a batch is written. File descriptor 8 holds the lock of /run/sanctl/running, 9 appends to
 * the events and is locked as long as the batch lives. No command inherits them: a daemon that it leaves behind (xl
 * create, dmeventd) would hold them for ever, and LVM complains about descriptors that it does not know.
 *
 * What commands print goes to two files for the whole batch, with a line before each step: two new files for each step
 * cost more than many a step itself.
 *
 * Commands run with umask 022, as an administrator's would: packages and tools make files that others must read.
 */
export const runtimeText = `_newline='
'
_start() { printf '%s\\n' "$$" >"$_run/running"; }
_say() { printf 'sanctl %s\\n' "$*" >&9; }
_begin() {
  _step=$1 _guards=$2
  [ ! -e "$_stop" ] || _halt stop
  _held=
  read -r _held _rest 2>/dev/null <"$_run/lock"
  [ "$_held" = "$_nonce" ] || _halt lock
  _say began "$1" || exit 1
  printf '# step %s\\n' "$1" >>"$_out/out"
  printf '# step %s\\n' "$1" >>"$_out/err"
}
_done() { _say 'done' "$_step" || exit 1; }
_halt() { _say halted "$_step" "$1"; _end; }
_input() { printf %s "$1" >"$_secrets/input" || _fail 0 1 'no room for the input of a command'; _in=$_secrets/input; }
_ask() {
  _answer=$("$@" <"$_in" 2>"$_out/asked" 8>&- 9>&-)
  _code=$?
  [ "$_code" -eq 0 ] || _answer="exit status $_code: $_answer$(tail -c 1000 "$_out/asked")"
}
_guard() {
  _number=$1 _kind=$2 _want=$3
  shift 3
  _ask "$@"
  _in=/dev/null
  _holds "$_kind" "$_want" || _refuse "$_number" "$_answer"
}
_refuse() {
  _encode "$2"
  _say refused "$_step" "$1" "$_word"
  _end
}
_run() {
  _action=$1 _accept=$2
  shift 2
  umask 022
  "$@" <"$_in" >>"$_out/out" 2>>"$_out/err" 8>&- 9>&-
  _code=$?
  umask 077
  _in=/dev/null
  case " $_accept " in *" $_code "*) ;; *) _fail "$_action" "$_code" ;; esac
}
_now() { read -r _up _rest <"$_uptime" && _now=\${_up%%.*}; }
_wait() {
  _action=$1 _every=$3 _kind=$4 _want=$5 _shown=
  _now || _fail "$1" 1 'the uptime of this node cannot be read'
  _until=$((_now + $2)) _left=$2
  shift 5
  while :; do
    _ask timeout -k 5 "$_left" "$@"
    ! _holds "$_kind" "$_want" || break
    _now || _fail "$_action" 1 'the uptime of this node cannot be read'
    _left=$((_until - _now))
    [ "$_left" -gt 0 ] || _fail "$_action" 124 "$_answer"
    if [ "$_answer" != "$_shown" ]; then
      _shown=$_answer
      _encode "$_answer"
      _say waiting "$_step" "$_action" "$_word"
    fi
    [ ! -e "$_stop" ] || _halt stop
    [ "$_every" -lt "$_left" ] || _every=$_left
    sleep "$_every"
  done
  _in=/dev/null
}
_fail() {
  _text=\${3-}
  _add err 3000
  _add out 1000
  _encode "$_text"
  _say failed "$_step" "$1" "$2" "$_word"
  _end
}
_add() {
  _said=$(tail -c "$2" "$_out/$1" 2>/dev/null)
  _said=\${_said##*"# step $_step"}
  _said=\${_said#"$_newline"}
  [ -z "$_said" ] || _text="$_text\${_text:+$_newline}$_said"
}
_encode() {
  _hide "$1"
  _word=$(printf %s "$_hidden" | tail -c 4096 | base64 -w0)
  _word=\${_word:--}
}
_hide() {
  _hidden=$1
  for _file in "$_secrets"/secret.*; do
    [ -s "$_file" ] && _value=$(cat "$_file") && [ -n "$_value" ] || continue
    _rest=$_hidden _hidden=
    while :; do
      case $_rest in
        *"$_value"*) _hidden="$_hidden\${_rest%%"$_value"*}(hidden)" _rest=\${_rest#*"$_value"} ;;
        *) break ;;
      esac
    done
    _hidden=$_hidden$_rest
  done
}
_end() {
  if [ "$_out" != "$_batch" ]; then
    for _stream in out err; do
      _hide "$(cat "$_out/$_stream")"
      printf '%s\\n' "$_hidden" >"$_batch/$_stream"
    done
  fi
  [ ! -d "$_secrets" ] || rm -rf -- "$_secrets"
  : >"$_run/running"
  exec 8>&-
  _say ended
  sync -- "$_batch/events"
  exit 0
}
`;
