# Sourced by tests/run.sh: puts programs that are not ours, and judge us, under build/, once. Airbyte's own
# connectors, unmodified, from PyPI into virtual environments: tests find them by WHARF_REAL_FAKER.
# Prometheus' tool from Debian: WHARF_PROMTOOL.
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

install_real_faker
install_promtool
