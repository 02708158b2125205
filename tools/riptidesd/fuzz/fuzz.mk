# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests and fuzzing, included by the Makefile.
#
# A target is fuzz/fuzz_NAME.c with the seeds fuzz/corpus/NAME/. It fails on a
# crash, a leak, a time-out or a broken promise of its own, and keeps what caused
# it in O=.
#

targets	:= conf nl pem
fuzz_flags := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	      -fno-omit-frame-pointer
fuzz_warn := -Wall -Wno-gnu-variable-sized-type-not-at-end

$(O)/unit: $(addprefix $(O)/asan/,unit.o unit_cert.o unit_nl.o $(addsuffix .o,$(parts)))
	@echo "  LD $(notdir $@)"
	$(Q)$(CC) $(flags.asan) -o $@ $^ $(libs)
$(O)/asan/%.o: $(here)/fuzz/%.c | $(O)/include/linux/riptides_netlink.h
	@mkdir -p $(@D)
	@echo "  CC [asan] $(notdir $<)"
	$(Q)$(CC) $(common) $(warn) $(flags.asan) $(cpp) -MMD -MP -c -o $@ $<

check: $(O)/unit $(O)/riptidesd
	@RIPTIDESD=$(O)/riptidesd $(O)/unit

$(O)/fuzz-objects/%.o: $(here)/%.c | $(O)/include/linux/riptides_netlink.h
	@mkdir -p $(@D)
	@echo "  CC [fuzz] $(notdir $<)"
	$(Q)$(FUZZ_CC) $(common) $(fuzz_warn) $(fuzz_flags) -fsanitize=fuzzer-no-link $(cpp) \
		-MMD -MP -c -o $@ $<
$(O)/fuzz-objects/%.o: $(here)/fuzz/%.c | $(O)/include/linux/riptides_netlink.h
	@mkdir -p $(@D)
	@echo "  CC [fuzz] $(notdir $<)"
	$(Q)$(FUZZ_CC) $(common) $(fuzz_warn) $(fuzz_flags) $(cpp) -MMD -MP -c -o $@ $<
$(O)/fuzz_%: $(O)/fuzz-objects/fuzz_%.o $(addprefix $(O)/fuzz-objects/,$(addsuffix .o,$(parts)))
	@echo "  LD [fuzz] $(notdir $@)"
	$(Q)$(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer -o $@ $^ $(libs)
-include $(wildcard $(O)/fuzz-objects/*.d)

fuzz-build: $(addprefix $(O)/fuzz_,$(targets))

fuzz: fuzz-build
	@for t in $(targets); do \
		FUZZ_TIME=$(FUZZ_TIME) $(here)/fuzz/fuzz.sh $(O) $$t || exit 1; \
	done
