# The running system as the script sees it: AppHost writes .emotion/state.json. Sourced; expects $root and build/setup.sh.

# state EXPRESSION: evaluates JavaScript over the state file as `s`; prints nothing when no system runs.
state() {
  [ -e .emotion/state.json ] || return 0
  node -e '
    const s = JSON.parse(require("fs").readFileSync(".emotion/state.json", "utf8"));
    try { process.kill(s.processId, 0); } catch { process.exit(0); }
    const value = eval(process.argv[1]);
    if (value !== undefined) console.log(value);
  ' "$1" 2>/dev/null || true
}

gateway_address() { state '(s.resources.find(r => r.name === "gateway") || {endpoints: {}}).endpoints.http'; }

# training_address: of the training service of the running system; prints nothing where nobody has started it there.
training_address() { state '(s.resources.find(r => r.name === "training" && r.state === "Running") || {endpoints: {}}).endpoints.http'; }

# registry_connection: how the running system's blob emulator is reached; prints nothing when no system runs.
registry_connection() {
  local storage
  storage=$(state '(s.resources.find(r => r.name === "storage") || {endpoints: {}}).endpoints.blob')
  if [ -n "$storage" ] && [ -r .emotion/storage.key ]; then
    echo "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=$(cat .emotion/storage.key);BlobEndpoint=$storage/devstoreaccount1;"
  fi
}

# use_running_registry: the registry of the system that runs here is ConnectionStrings__models, unless another one is.
use_running_registry() {
  [ -n "${ConnectionStrings__models:-}" ] || ConnectionStrings__models=$(registry_connection)
  [ -z "$ConnectionStrings__models" ] || export ConnectionStrings__models
}

# scale_system NAME=N: so many replicas of a service of the running system; returns when they are as they should be.
scale_system() {
  local name=${1%%=*} replicas=${1#*=}
  [[ ${1:-} =~ ^[a-z]+=[1-9][0-9]?$ ]] || { echo "usage: ./emotion scale video=3" >&2; return 2; }
  [ -n "$(state s.processId)" ] || { echo "No system runs here: ./emotion up starts one." >&2; return 1; }
  [ -n "$(state 's.dashboard || undefined')" ] || { echo "The system that runs here has no dashboard, which does the scaling: start it by ./emotion up." >&2; return 1; }
  node -e '
    const { readFileSync } = require("fs");
    const [name, replicas] = process.argv.slice(1);
    const read = () => JSON.parse(readFileSync(".emotion/state.json", "utf8"));
    const token = readFileSync(".emotion/dashboard.token", "utf8").trim();
    const mine = () => read().resources.filter(one => new RegExp(`^${name}-[0-9]+$`).test(one.name));
    (async () => {
      const answer = await fetch(new URL(`api/scale/${name}?replicas=${replicas}`, read().dashboard), { method: "POST", headers: { authorization: `Bearer ${token}` } });
      if (!answer.ok) {
        console.error((await answer.text()).trim());
        process.exit(2);
      }
      for (const end = Date.now() + 120000; Date.now() < end; await new Promise(done => setTimeout(done, 100))) {
        const states = mine();
        if (states.filter(one => one.state === "Running").length === Number(replicas) && states.every(one => ["Running", "Stopped"].includes(one.state))) {
          console.log(states.map(one => `${one.name} ${one.state}`).join("\n"));
          return;
        }
      }
      console.error(`Not so after two minutes: ${mine().map(one => `${one.name} ${one.state} ${one.reason ?? ""}`).join(", ")}`);
      process.exit(1);
    })();
  ' "$name" "$replicas"
}

# Without a dashboard: what it does for a measurement is get in the way. Its output has no token in it then, either.
start_system() {
  say "Starting the system ..."
  # A session of its own, so that Ctrl-C here reaches it only through stop_system.
  setsid dotnet "$(output_of AppHost)" --Dashboard:Enabled=false >.emotion/apphost.log 2>&1 &
  echo $! >.emotion/apphost.pid
}

stop_system() {
  local pid
  pid=$(state 's.processId')
  # A pid file may outlive its process, and its number may be somebody else's by now.
  [ -n "$pid" ] || pid=$(cat .emotion/apphost.pid 2>/dev/null || true)
  [ -z "$pid" ] || grep -qa AppHost "/proc/$pid/cmdline" 2>/dev/null || pid=""
  rm -f .emotion/apphost.pid
  # TERM, not INT: the shell starts background commands with INT ignored.
  if [ -z "$pid" ] || ! kill -TERM "$pid" 2>/dev/null; then return 0; fi
  for _ in $(seq 120); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  say "AppHost ($pid) did not end within 12 s; killing it."
  kill -KILL "$pid" 2>/dev/null || true
}

# wait_for_gateway: prints the gateway's address once it listens; says what is missing when it does not within two minutes.
wait_for_gateway() {
  local pid address failed
  pid=$(cat .emotion/apphost.pid 2>/dev/null || true)
  for _ in $(seq 480); do
    address=$(gateway_address)
    if [ -n "$address" ] && [ "$(state '(s.resources.find(r => r.name === "gateway") || {}).state')" = Running ]; then
      echo "$address"
      return
    fi
    failed=$(state '(s.resources.find(r => r.state === "Failed") || {name: undefined}).name')
    if [ -n "$failed" ]; then
      say "The system cannot start: $failed failed. The end of .emotion/logs/$failed.log says:"
      tail -n 5 ".emotion/logs/$failed.log" >&2
      return 1
    fi
    if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; then
      say "The system ended while it started; the end of .emotion/apphost.log says:"
      tail -n 15 .emotion/apphost.log >&2
      return 1
    fi
    sleep 0.25
  done
  say "The system was not ready within 120 s: $(state 's.resources.filter(r => r.state !== "Running" && r.state !== "Finished").map(r => r.name + " " + r.state).join(", ")'). Logs: .emotion/logs/"
  return 1
}
