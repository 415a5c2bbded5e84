# Sourced by tests/run.sh: puts programs that are not ours, and judge us, under build/, once. Airbyte's own
# connectors, unmodified, from PyPI into virtual environments: tests find them by WHARF_REAL_FAKER, WHARF_REAL_FILE.
# Prometheus' tool from Debian: WHARF_PROMTOOL. Validators of the API's document and answers, and Airbyte's SDK
# for Python as its users have it: WHARF_CLIENTS, and WHARF_CLIENTS_OLD with the SDK's last 0.x.
# start_engines: a dockerd, a podman and registries of the tests' own, until stop_engines: WHARF_TEST_DOCKER and
# what else tests/docker/engine.sh says.
real_parts=$PWD/build/real-parts

install_real_faker() {
  local venv=$real_parts/faker
  if [ ! -x "$venv/bin/source-faker" ]; then
    echo "installing airbyte-source-faker"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check airbyte-source-faker==7.2.1
  fi
  export WHARF_REAL_FAKER=$venv/bin/source-faker
}

# The newest that can be installed: later ones up to 0.6.0 ask for a smart-open of their own version number, which
# there is not.
install_real_file() {
  install_venv file airbyte-source-file==0.5.39
  export WHARF_REAL_FILE=$real_parts/file/bin/source-file
}

# install_venv NAME PACKAGE…: made anew whenever the list changes.
install_venv() {
  local venv=$real_parts/$1
  shift
  if [ "$(cat "$venv/installed" 2>/dev/null)" != "$*" ]; then
    echo "installing $*"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
    echo "$*" >"$venv/installed"
  fi
}

install_clients() {
  install_venv clients jsonschema==4.26.0 rfc3339-validator==0.1.4 openapi-spec-validator==0.9.0 \
    schemathesis==4.32.5 airbyte-api==1.0.1
  install_venv clients-old airbyte-api==0.53.0
  export WHARF_CLIENTS=$real_parts/clients WHARF_CLIENTS_OLD=$real_parts/clients-old
}

# Debian's own, without the server that its package would start.
install_promtool() {
  local place=$real_parts/prometheus
  if [ ! -x "$place/usr/bin/promtool" ]; then
    echo "fetching promtool"
    rm -rf "$place"
    mkdir -p "$place"
    (
      cd "$place"
      apt-get download -qq -o APT::Sandbox::User=root prometheus
      dpkg -x prometheus_*.deb .
      rm prometheus_*.deb usr/bin/prometheus
    )
  fi
  export WHARF_PROMTOOL=$place/usr/bin/promtool
}

engines=

# Sockets have short paths, so not under build/.
start_engines() {
  local line
  engines=$(mktemp -d /tmp/wharf-XXXXXX)
  [ "$(id -u)" -ne 0 ] || export WHARF_ENGINE_GROUP=docker
  tests/docker/engine.sh start "$engines"
  while read -r line; do export "${line?}"; done <"$engines/environment"
}

stop_engines() {
  [ -z "$engines" ] || tests/docker/engine.sh stop "$engines"
  engines=
}

install_real_faker
install_real_file
install_promtool
install_clients
