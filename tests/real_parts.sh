# Sourced by tests/run.sh: puts Airbyte's own connectors, unmodified, from PyPI into virtual
# environments under build/, once. Tests find them by WHARF_REAL_FAKER.
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

install_real_faker
