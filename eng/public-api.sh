#!/usr/bin/env bash
# Brings PublicAPI.Unshipped.txt of each package up to date with the code: adds new members, takes out those that are gone. Look at the
# difference before you commit it: it is what users will see. At a release, move the lines to PublicAPI.Shipped.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in src/*/*.csproj; do
  folder=$(dirname "$project")
  unshipped=$folder/PublicAPI.Unshipped.txt
  log=$(dotnet build "$project" -c Release -nologo -v q -m:1 --no-incremental \
    -p:TreatWarningsAsErrors=false -clp:NoSummary 2>&1 || true)
  if grep -q "error CS" <<<"$log"; then
    grep "error CS" <<<"$log" | sort -u >&2
    exit 1
  fi
  messages=$(grep -F "[$PWD/$project]" <<<"$log" || true)
  added=$(sed -nE "s/.*warning RS0016: Symbol '(.*)' is not part of the declared.*/\1/p" <<<"$messages")
  removed=$(sed -nE "s/.*warning RS0017: Symbol '(.*)' is part of the declared.*/\1/p" <<<"$messages")
  {
    echo "#nullable enable"
    { tail -n +2 "$unshipped"; echo "$added"; } | grep -v '^$' | grep -vxFf <(echo "${removed:-#}") | LC_ALL=C sort -u || true
  } >"$unshipped.new"
  mv "$unshipped.new" "$unshipped"
  echo "$unshipped: $(($(wc -l <"$unshipped") - 1)) members"
done
