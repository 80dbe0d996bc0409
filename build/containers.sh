# What a pod has around a service, made of what Linux has itself: a tree of its own that is read-only, user 1654 without any capability, bounded
# folders of its own, the memory limit and the variables of deploy/kubernetes. Sourced; expects $root; must be root.

containers=.emotion/containers

# deployed NAME FILE EXPRESSION: evaluates JavaScript over a manifest as `m`.
deployed() {
  node -e '
    const m = require("yaml").parse(require("fs").readFileSync(process.argv[1], "utf8"));
    const value = eval(process.argv[2]);
    for (const line of [].concat(value)) console.log(line);
  ' "deploy/kubernetes/$1/$2.yaml" "$3"
}

# memory_group NUMBER, memory_file NUMBER limit|peak: of control groups of version 1 or 2, whichever this machine has.
memory_group() { if [ -d /sys/fs/cgroup/memory ]; then echo "/sys/fs/cgroup/memory/emotion-$1"; else echo "/sys/fs/cgroup/emotion-$1"; fi; }

memory_file() {
  local names=(memory.max memory.peak)
  [ ! -d /sys/fs/cgroup/memory ] || names=(memory.limit_in_bytes memory.max_usage_in_bytes)
  if [ "$2" = limit ]; then echo "$(memory_group "$1")/${names[0]}"; else echo "$(memory_group "$1")/${names[1]}"; fi
}

# pod NAME ADDRESS NUMBER [VARIABLE=VALUE...] -- ARGUMENT...: runs .emotion/images/NAME in the foreground, listening on ADDRESS.
pod() {
  local name=$1 address=$2 number=$3 variables=() workload=deployment pod=m.spec.template.spec
  shift 3
  while [ "$1" != -- ]; do variables+=("$1"); shift; done
  shift
  [ "$name" != seed ] || workload=job
  if [ -e "deploy/kubernetes/$name/config.yaml" ]; then
    local line
    while read -r line; do
      case $line in
        HTTP_PORTS=*) [ "$name" != gateway ] || variables+=("ASPNETCORE_URLS=http://$address:${line#*=}") ;;
        Telemetry__PrometheusHost=*) variables+=("Telemetry__PrometheusHost=$address") ;;
        *) variables+=("${line/http:\/\/\*:/http:\/\/$address:}") ;;
      esac
    done < <(deployed "$name" config 'Object.entries(m.data).map(([k, v]) => `${k}=${v}`)')
  fi
  local dll limit tmp cache
  dll=$(basename "$(echo ".emotion/images/$name"/Emotion.*.runtimeconfig.json)" .runtimeconfig.json).dll
  limit=$(deployed "$name" "$workload" "$pod.containers[0].resources.limits.memory")
  tmp=$(deployed "$name" "$workload" "$pod.volumes.find(v => v.name === 'tmp').emptyDir.sizeLimit")
  cache=$(deployed "$name" "$workload" "$pod.volumes.find(v => v.name === 'cache').emptyDir.sizeLimit")
  mkdir -p "$(memory_group "$number")" "$containers/$number"
  numfmt --from=auto "$limit" >"$(memory_file "$number" limit)"
  printf '%s\n' "${variables[@]}" >"$containers/$number/variables"
  echo "$BASHPID" >"$(memory_group "$number")/cgroup.procs"
  exec unshare --mount --pid --fork --kill-child bash -euc '
    tree=$1 app=$2 hosts=$3 variables=$4 tmp=${5%i} cache=${6%i} dll=$7
    shift 7
    own=mode=0700,uid=1654,gid=1654
    mount --make-rprivate /
    mount -t tmpfs -o size=16m,mode=0755 tmpfs "$tree"
    mkdir -p "$tree"/{usr,etc,proc,sys,dev,tmp,app,var/cache/emotion,var/lib/emotion}
    for link in bin sbin lib lib64; do [ ! -L /$link ] || ln -s "usr/$link" "$tree/$link"; [ -L /$link ] || { mkdir "$tree/$link"; mount --bind /$link "$tree/$link"; mount -o remount,bind,ro "$tree/$link"; }; done
    for folder in /usr:usr "$app:app"; do mount --bind "${folder%:*}" "$tree/${folder##*:}"; mount -o remount,bind,ro "$tree/${folder##*:}"; done
    cp -a /etc/alternatives /etc/ld.so.cache /etc/nsswitch.conf "$tree/etc/"
    cp "$hosts" "$tree/etc/hosts"
    echo multi on >"$tree/etc/host.conf" # A name may have several addresses, as a name server gives them.
    echo app:x:1654:1654::/tmp:/bin/false >"$tree/etc/passwd"
    mount -t proc proc "$tree/proc"
    mount --rbind /sys "$tree/sys"
    for device in null zero random urandom; do touch "$tree/dev/$device"; mount --bind /dev/$device "$tree/dev/$device"; done
    mount -t tmpfs -o "size=$tmp,$own" tmpfs "$tree/tmp"
    mount -t tmpfs -o "size=$cache,$own" tmpfs "$tree/var/cache/emotion"
    # The claim of the one that has one.
    if grep -q "=/var/lib/emotion$" "$variables"; then mount -t tmpfs -o "size=1g,$own" tmpfs "$tree/var/lib/emotion"; else rmdir "$tree/var/lib/emotion"; fi
    mapfile -t variables <"$variables"
    mount -o remount,ro "$tree"
    exec chroot "$tree" /usr/bin/env -i -C /app HOME=/tmp PATH=/usr/bin:/bin "${variables[@]}" \
      /usr/bin/setpriv --reuid 1654 --regid 1654 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all /usr/share/dotnet/dotnet "/app/$dll" "$@"
  ' bash "$(mktemp -d)" "$root/.emotion/images/$name" "$root/$containers/hosts" "$root/$containers/$number/variables" "$tmp" "$cache" "$dll" "$@"
}

# stop_pods: all of them, by the groups that they are in; those that do not end within 10 s are killed.
stop_pods() {
  local signal processes groups
  groups=$(dirname "$(memory_group 0)")
  for signal in TERM KILL; do
    for _ in $(seq 20); do
      mapfile -t processes < <(cat "$groups"/emotion-[2-8]/cgroup.procs 2>/dev/null)
      [ ${#processes[@]} -gt 0 ] || break 2
      kill -s "$signal" "${processes[@]}" 2>/dev/null || true
      sleep 0.5
    done
  done
  rmdir "$groups"/emotion-[2-8] 2>/dev/null || true
}

# try_pods CLIP: the system of deploy/kubernetes on this machine, a loopback address for each pod, two of video behind one name; analyses CLIP.
# Prints what came of it as JSON.
try_pods() {
  local clip=$1 key first token made number name address answer
  pids=()
  rm -rf "$containers" && mkdir -p "$containers/storage"
  printf '%s\n' '127.0.0.1 localhost' '127.0.1.1 storage' '127.0.1.2 audio-service' '127.0.1.3 video-service' '127.0.1.4 video-service' \
    '127.0.1.5 text-service' '127.0.1.6 fusion-service' >"$containers/hosts"
  key=$(head -c 64 /dev/urandom | base64 -w0)
  first=emo_$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')_$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  token=Grpc__Token__Value=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  models="ConnectionStrings__models=DefaultEndpointsProtocol=http;AccountName=emotion;AccountKey=$key;BlobEndpoint=http://storage:10000/emotion;"
  AZURITE_ACCOUNTS="emotion:$key" node node_modules/azurite/dist/src/blob/main.js --blobHost 127.0.1.1 --blobPort 10000 --silent --disableTelemetry \
    --skipApiVersionCheck --location "$containers/storage" >"$containers/storage.log" 2>&1 &
  pids+=($!)
  trap 'stop_pods; kill "${pids[0]}" 2>/dev/null || true' EXIT
  say "Publishing the models ..."
  (pod seed 127.0.1.8 8 "$models" -- models seed --from /app/models) >"$containers/seed.log" 2>&1 ||
    { say "The seed failed:"; tail -n 5 "$containers/seed.log" >&2; return 1; }
  for number in 2:audio 3:video 4:video 5:text 6:fusion 7:gateway; do
    name=${number#*:} number=${number%:*}
    if [ "$name" = gateway ]; then (pod gateway 127.0.1.7 7 "Gateway__Keys__Bootstrap=$first" "$token" --) >"$containers/7.log" 2>&1 &
    else (pod "$name" "127.0.1.$number" "$number" "$models" "$token" --) >"$containers/$number.log" 2>&1 & fi
    pids+=($!)
  done
  say "Waiting for the pods ..."
  local until=$((SECONDS + 180))
  for address in 127.0.1.{2,3,4,5,6}:8081 127.0.1.7:8080; do
    until curl -sf -o "$containers/health" -H 'Host: localhost' "http://$address/health"; do
      [ $SECONDS -lt "$until" ] || { say "$address is not ready: $(curl -s -H 'Host: localhost' "http://$address/health")"; return 1; }
      sleep 0.5
    done
  done
  until grep -q "Replicas of video: 127.0.1.3:8080, 127.0.1.4:8080" "$containers/7.log"; do
    [ $SECONDS -lt "$until" ] || { say "The gateway does not see both video pods."; return 1; }
    sleep 0.5
  done
  sleep 4 # The gateway asks every other second what each service has loaded.
  answer=$containers/answer.json
  # The first key makes keys and does nothing else.
  made=$(curl -sS -H 'Host: localhost' -H "Authorization: Bearer $first" -H 'Content-Type: application/json' http://127.0.1.7:8080/v1/keys \
    -d '{"name":"proof","scopes":["analyse"],"intendedUse":{"area":"development","description":"A proof."}}' |
    node -e 'console.log(JSON.parse(require("fs").readFileSync(0, "utf8")).secret)')
  curl -sS -o "$answer" -H 'Host: localhost' -H "Authorization: Bearer $made" -H 'Content-Type: video/mp4' --data-binary "@$clip" 'http://127.0.1.7:8080/v1/analyses?wait=true'
  for number in 2 3 4 5 6 7; do
    # The service itself, not the shell that waits for it.
    local process
    process=$(grep -lzE '^/usr/share/dotnet/dotnet' $(sed 's|.*|/proc/&/cmdline|' "$(memory_group "$number")/cgroup.procs") 2>/dev/null | head -n 1 | cut -d/ -f3)
    echo "$number $(awk '/^Uid/ { u = $3 } /^CapEff/ { c = $2 } /^NoNewPrivs/ { n = $2 } /^VmHWM/ { m = $2 } END { print u, c, n, m }' "/proc/$process/status")" \
      "$(cat "$(memory_file "$number" limit)") $(cat "$(memory_file "$number" peak)")" \
      "$(grep -cE "^[^ ]+ / [^ ]+ ro[, ]" "/proc/$process/mounts" || true)"
  done >"$containers/pods.txt"
}

# pods_result OUT: what try_pods found, as a result; fails unless every pod was as bounded as it was to be and the clip was answered in full.
pods_result() {
  node -e '
    const fs = require("fs"), [folder, out] = process.argv.slice(1);
    const answer = JSON.parse(fs.readFileSync(`${folder}/answer.json`, "utf8"));
    const names = { 2: "audio", 3: "video", 4: "video", 5: "text", 6: "fusion", 7: "gateway" };
    const megabytes = bytes => Math.round(bytes / 1048576);
    const pods = fs.readFileSync(`${folder}/pods.txt`, "utf8").trim().split("\n").map(line => {
      const [number, user, capabilities, noNewPrivileges, highest, limit, peak, readOnly] = line.split(" ");
      return {
        name: names[number], user: Number(user), capabilities: parseInt(capabilities, 16), noNewPrivileges: noNewPrivileges === "1", readOnlyTree: readOnly !== "0",
        limitMegabytes: megabytes(limit), residentPeakMegabytes: Math.round(highest / 1024), groupPeakMegabytes: megabytes(peak),
      };
    });
    const modalities = Object.fromEntries(Object.entries(answer.modalities ?? {}).map(([name, modality]) => [name, modality.status]));
    const passed = pods.length === 6 && modalities.audio === "used" && modalities.video === "used" && modalities.text === "used"
      && pods.every(p => p.user === 1654 && p.capabilities === 0 && p.noNewPrivileges && p.readOnlyTree && p.residentPeakMegabytes > 0 && p.residentPeakMegabytes < p.limitMegabytes);
    const result = { what: "publish output of each service as a pod: a read-only tree, user 1654 without capabilities, folders and memory bounded as in deploy/kubernetes", passed, modalities, pods };
    fs.writeFileSync(out, JSON.stringify(result, null, 2) + "\n");
    console.log(JSON.stringify(result, null, 2));
    process.exit(passed ? 0 : 1);
  ' "$containers" "$1"
}
