# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of riptidesd for bash

# The names of objects that the kernel has; nothing, where it may not be asked
_riptidesd_names()
{
	riptidesd "$1" 2>/dev/null | awk -v column="$2" 'NR > 1 { print $column }'
}

_riptidesd_words()
{
	case "$1 ${2:-}" in
	" "*)	echo run apply diff check show explain identity bundle rule \
			connections events csr ca enable disable settings version \
			help ;;
	"identity ")	echo list get add cert del ;;
	"bundle ")	echo list get set del ;;
	"rule ")	echo list get del ;;
	"settings ")	echo list set ;;
	"settings set")	echo deadline max-handshakes max-listener-handshakes egress \
			ingress resumption ticket-lifetime ;;
	"connections ")	echo list kill ;;
	"connections kill")	_riptidesd_names connections 1 ;;
	"ca ")	echo show init rotate retire revoke ;;
	"explain "|"enable "|"disable ")	echo egress ingress ;;
	"csr "|"identity get"|"identity cert"|"identity del")	_riptidesd_names identity 1 ;;
	"bundle get"|"bundle set"|"bundle del"|"ca "*)	_riptidesd_names bundle 1 ;;
	"rule get"|"rule del")	_riptidesd_names rule 2 ;;
	esac
}

_riptidesd()
{
	local current=${COMP_WORDS[COMP_CWORD]} word skip=
	local -a words=()

	COMPREPLY=()
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if [ -n "$skip" ]; then
			skip=
		elif [ "$word" = --config ] || [ "$word" = --pid ]; then
			skip=y
		elif [ "${word#-}" = "$word" ]; then
			words+=("$word")
		fi
	done
	if [ -z "$skip" ] && [ "${current#-}" != "$current" ]; then
		mapfile -t COMPREPLY < <(compgen -W "--json --config --pid --help --version" \
			-- "$current")
	elif [ -z "$skip" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_riptidesd_words "${words[0]:-}" \
			"${words[1]:-}")" -- "$current")
	fi
}

complete -o default -F _riptidesd riptidesd
