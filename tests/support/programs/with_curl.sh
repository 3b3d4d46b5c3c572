# As with_fetch.mjs, with curl.
set -euo pipefail
api=https://api.piapi.ai/api/v1
ask() { curl --silent --show-error --fail --max-time 30 --header "X-API-Key: $PIAPI_API_KEY" "$@"; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

url=$(ask --data '{"file_name":"a.png","file_data":"aGVsbG8="}' https://upload.theapi.app/api/ephemeral_resource | field url)
asset=$(ask --data "{\"url\":\"$url\",\"asset_type\":\"Image\"}" $api/asset/upload | field asset_id)
until ask $api/asset/$asset | grep -q '"status":"Active"'; do sleep 0.1; done
input="{\"prompt\":\"a fox\",\"image_urls\":[\"asset://$asset\"],\"duration\":4,\"resolution\":\"480p\"}"
task=$(ask --data "{\"model\":\"seedance\",\"task_type\":\"seedance-2-less-restriction\",\"input\":$input}" $api/task | field task_id)
until shown=$(ask $api/task/$task) && echo "$shown" | grep -q '"status":"completed"'; do sleep 0.1; done
video=$(echo "$shown" | field video)
ask "$video" >"$TMPDIR/video.mp4"
echo "$video" "$(wc -c <"$TMPDIR/video.mp4")" "$(head -c 8 "$TMPDIR/video.mp4" | tail -c 4)"
