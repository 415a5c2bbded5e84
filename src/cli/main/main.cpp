#include "cli/cli.h"

int main(int argc, char** argv) {
  return wharf::cli::run(argc, argv);
}
