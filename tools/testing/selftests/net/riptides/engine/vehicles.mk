# SPDX-License-Identifier: GPL-2.0-only
#
# Programs over the engine, included by the Makefile:
#
#   make rpt-tls         a TLS client and server to meet other programs with
#   make peer            a library: the other end of the ULP's tests
#   make fuzz            libFuzzer over each parser, FUZZ_TIME seconds each
#                        (FUZZ_TARGETS="client chain" selects)
#   make bench           handshakes a second beside OpenSSL
#

.PHONY: rpt-tls peer

vehicle := link party pem
rpt_tls := rpt-tls rpt-tls-options rpt-tls-io $(vehicle)

rpt-tls: $(O)/rpt-tls

$(O)/rpt-tls: $(addprefix $(O)/plain/,$(addsuffix .o,$(rpt_tls))) $(O)/librpt-engine.a
	@echo "  LD $(notdir $@)"
	$(Q)$(CC) -o $@ $^ $(libs)

peer: $(O)/libpeer.a $(O)/librpt-engine.a

$(O)/libpeer.a: $(addprefix $(O)/plain/,peer.o $(addsuffix .o,$(vehicle)))
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# The same with ASan and UBSan, for hostile peers.
$(O)/rpt-tls-asan: $(addprefix $(O)/asan/,$(addsuffix .o,$(rpt_tls))) \
		   $(O)/asan/librpt-engine.a $(O)/asan/libbearssl.a
	@echo "  LD $(notdir $@)"
	$(Q)$(CC) $(flags.asan) -o $@ $^ $(libs)

#
# Fuzzing: clang's, with coverage in the engine and none in BearSSL.
#
FUZZ_CC		?= clang
FUZZ_TARGETS	?= record client server chain csr ext ec ticket
FUZZ_TIME	?= 20
fuzz_common	:= fuzz_wrap fuzz_world fuzz_talk link party
fuzz_flags	:= -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
		   -fno-omit-frame-pointer
fuzz_cover	:= -fsanitize=fuzzer-no-link
fuzz_warn	:= -Wall -Wno-gnu-variable-sized-type-not-at-end
fuzz_wrap	:= aesgcm_encrypt aesgcm_decrypt rpt_chachapoly_encrypt \
		   rpt_chachapoly_decrypt crypto_memneq rpt_sig_verify rpt_ecdsa_verify \
		   get_random_bytes get_random_u32 ktime_get_ns
fuzz_link	= $(fuzz_flags) $(addprefix -Wl$(comma)--wrap=,$(fuzz_wrap))
comma		:= ,
fuzz_engine	:= $(addprefix $(O)/fuzz/,$(addsuffix .o,$(ENGINE) $(fuzz_common)))
fuzz_rest	:= $(addprefix $(O)/fuzz/,$(addsuffix .o,$(glue))) $(O)/fuzz/libbearssl.a

.PHONY: fuzz fuzz-build fuzz-corpus

$(O)/fuzz/mlkem768.o: $(net)/mlkem/mlkem768.c | forwarders
	@mkdir -p $(@D)
	@echo "  CC [fuzz] $(notdir $<)"
	$(Q)$(FUZZ_CC) $(common) $(fuzz_warn) $(fuzz_flags) $(cpp) -MMD -MP -c -o $@ $<
$(addprefix $(O)/fuzz/,$(addsuffix .o,$(filter-out mlkem768,$(ENGINE)))): $(O)/fuzz/%.o: \
		$(net)/%.c | forwarders
	@mkdir -p $(@D)
	@echo "  CC [fuzz] $(notdir $<)"
	$(Q)$(FUZZ_CC) $(common) $(fuzz_warn) $(fuzz_flags) $(fuzz_cover) $(cpp) \
		-MMD -MP -c -o $@ $<
$(O)/fuzz/%.o: $(here)/%.c | forwarders
	@mkdir -p $(@D)
	@echo "  CC [fuzz] $(notdir $<)"
	$(Q)$(FUZZ_CC) $(common) $(fuzz_warn) $(fuzz_flags) $(cpp) -MMD -MP -c -o $@ $<
$(O)/fuzz/bearssl/%.o: $(BEARSSL)/%.c
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -std=gnu11 -g -pipe -w -O1 -fsanitize=address -I$(BEARSSL)/inc \
		-I$(BEARSSL)/src $(bear_cpp) -c -o $@ $<
$(O)/fuzz/libbearssl.a: $(call bear_objs,fuzz) $(s2n_objs)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(O)/fuzz_%: $(O)/fuzz/fuzz_%.o $(fuzz_engine) $(fuzz_rest)
	@echo "  LD [fuzz] $(notdir $@)"
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer $(fuzz_link) -o $@ $^ $(libs)
$(O)/fuzz_seeds: $(O)/fuzz/fuzz_seeds.o $(fuzz_engine) $(fuzz_rest)
	@echo "  LD [fuzz] $(notdir $@)"
	$(Q)$(FUZZ_CC) $(fuzz_link) -o $@ $^ $(libs)
-include $(wildcard $(O)/fuzz/*.d)

fuzz-build: $(addprefix $(O)/fuzz_,$(FUZZ_TARGETS))

fuzz: fuzz-build
	@FUZZ_TIME=$(FUZZ_TIME) $(here)/fuzz.sh $(O) $(FUZZ_TARGETS)

# Seeds made by our own programs, then what fuzzing found, minimised.
fuzz-corpus: fuzz-build $(O)/fuzz_seeds
	@FUZZ_TIME=$(FUZZ_TIME) $(here)/fuzz.sh --corpus $(O) $(FUZZ_TARGETS)

#
# Benchmark, optimised and without sanitizers.
#
bench_wrap	:= rpt_ecdsa_sign rpt_ecdsa_verify rpt_x25519 rpt_x25519_keygen \
		   sha256_init sha256_update sha256_final sha384_init sha384_update \
		   sha384_final hmac_sha256_usingrawkey hmac_sha256_preparekey \
		   hmac_sha256_init hmac_sha256_init_usingrawkey hmac_sha256_update \
		   hmac_sha256_final aesgcm_expandkey aesgcm_encrypt aesgcm_decrypt \
		   shim_alloc shim_free shim_free_sensitive
bench_objs	:= $(addprefix $(O)/plain/,bench.o bench_openssl.o bench_split.o bench_ec.o party.o)

.PHONY: bench bench-build

bench-build: $(O)/bench

$(O)/bench: $(bench_objs) $(O)/librpt-engine.a
	@echo "  LD $(notdir $@)"
	$(Q)$(CC) $(addprefix -Wl$(comma)--wrap=,$(bench_wrap)) -o $@ $^ -lssl $(libs)

bench: $(O)/bench
	@$(O)/bench $(BENCH_HANDSHAKES) $(BENCH_ROUNDS)
