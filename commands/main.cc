#include "commands/program.h"

int main(int count, char** words) { return fleetscan::commands::run_program(count, words); }
