# SPDX-License-Identifier: GPL-2.0-only
#
# Programs over the engine, included by the Makefile:
#
#   make rpt-tls         a TLS client and server to meet other programs with
#   make fuzz            libFuzzer over each parser, FUZZ_TIME seconds each
#                        (FUZZ_TARGETS="client chain" selects)
#   make bench           handshakes a second beside OpenSSL
#

.PHONY: rpt-tls

vehicle := conn party pem
rpt_tls := rpt-tls rpt-tls-options rpt-tls-io $(vehicle)

rpt-tls: $(O)/rpt-tls

$(O)/rpt-tls: $(addprefix $(O)/plain/,$(addsuffix .o,$(rpt_tls))) $(O)/librpt-engine.a
	@echo "  LD $(notdir $@)"
	$(Q)$(CC) -o $@ $^ $(libs)

# The same with ASan and UBSan, for hostile peers.
$(O)/rpt-tls-asan: $(addprefix $(O)/asan/,$(addsuffix .o,$(rpt_tls))) \
		   $(O)/asan/librpt-engine.a $(O)/asan/libbearssl.a
	@echo "  LD $(notdir $@)"
	$(Q)$(CC) $(flags.asan) -o $@ $^ $(libs)
