#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Print net/riptides/tests/ec-testvecs.h: ECDSA signatures whose verification
meets what addition formulas get wrong.

Verification computes R = u1 * G + u2 * Q and compares its X coordinate modulo
n with r. Each case begins at u1, u2 and the key, or at R, and works back to
the signature. Everything is computed from the definitions, on Python's
integers, slowly and without any trick.
"""

P256 = {
    "name": "p256", "len": 32,
    "p": 2**256 - 2**224 + 2**192 + 2**96 - 1,
    "n": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551,
    "b": 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b,
    "g": (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
          0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5),
}
P384 = {
    "name": "p384", "len": 48,
    "p": 2**384 - 2**128 - 2**96 + 2**32 - 1,
    "n": 0xffffffffffffffffffffffffffffffffffffffffffffffff
         << 192 | 0xc7634d81f4372ddf581a0db248b0a77aecec196accc52973,
    "b": 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe814112
         << 192 | 0x0314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef,
    "g": (0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b98
          << 192 | 0x59f741e082542a385502f25dbf55296c3a545e3872760ab7,
          0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147c
          << 192 | 0xe9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f),
}


def add(c, one, other):
    """The group law (SP 800-186 section 2.1.1); None is infinity."""
    p = c["p"]
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2:
        if (y1 + y2) % p == 0:
            return None
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, p)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, p)
    x = (slope * slope - x1 - x2) % p
    return x, (slope * (x1 - x) - y1) % p


def mul(c, k, point):
    result = None
    for bit in bin(k % c["n"])[2:]:
        result = add(c, result, result)
        if bit == "1":
            result = add(c, result, point)
    return result


def large_x(c):
    """A point whose X coordinate is at least n; both primes are 3 mod 4."""
    p = c["p"]
    for x in range(c["n"] + 1, p):
        square = (x**3 - 3 * x + c["b"]) % p
        y = pow(square, (p + 1) // 4, p)
        if y * y % p == square:
            return x, y
    raise ValueError


def from_scalars(c, d, u1, u2, anything=7):
    """Key, e, r and s that make verification compute u1 * G + u2 * d * G"""
    n = c["n"]
    q = mul(c, d, c["g"])
    point = mul(c, u1 + u2 * d, c["g"])
    r = point[0] % n if point else anything
    s = r * pow(u2, -1, n) % n
    return q, u1 * s % n, r, s, point is not None


def from_point(c, point, e, s, r=None):
    """The same where R is given: Q = (s * R - e * G) / r"""
    n = c["n"]
    right = point[0] % n
    r = r or right
    q = add(c, mul(c, s, point), mul(c, n - e, c["g"]))
    return mul(c, pow(r, -1, n), q), e, r, s, r == right


def cases(c):
    n = c["n"]
    half = 8 * c["len"] // 2
    fives = int("5" * 2 * c["len"], 16) % n
    tens = int("a" * 2 * c["len"], 16) % n
    key = 0x1337 * fives % n
    yield "u1 is 0", from_scalars(c, 3, 0, 5)
    yield "u1 and u2 are 1", from_scalars(c, key, 1, 1)
    yield "G + G", from_scalars(c, 1, 1, 1)
    yield "3G + Q, Q being 3G", from_scalars(c, 3, 3, 1)
    yield "doubling on the way", from_scalars(c, 1, (1 << half) + 3, 1 << half)
    yield "G - G", from_scalars(c, n - 1, 1, 1)
    yield "infinity on the way", \
        from_scalars(c, n - 1, (1 << half) + 1, 1 << half)
    yield "infinity at the end", from_scalars(c, key, -tens * key % n, tens)
    yield "largest scalars", from_scalars(c, n - 1, n - 1, n - 1)
    yield "u1 + u2 * d is n + 1", from_scalars(c, key, (1 - tens * key) % n,
                                               tens)
    yield "bits 01 and 10", from_scalars(c, key, fives, tens)
    yield "R is -G", from_scalars(c, key, (n - 1 - tens * key) % n, tens)
    yield "x is n or more", from_point(c, large_x(c), fives, tens)
    q, e, r, s, _ = from_point(c, large_x(c), fives, tens)
    yield "x is n or more, r one off", (q, e, r + 1, s, False)
    yield "r + n is x + p", from_point(c, c["g"], fives, tens,
                                       c["g"][0] + c["p"] - n)


def array(number, size):
    data = number.to_bytes(size, "big")
    return "".join("\\x%02x" % byte for byte in data)


def string(label, parts):
    lines = [part[i:i + 64] for part in parts
             for i in range(0, len(part), 64)]
    print(f"\t\t.{label} =")
    print("\n".join(f'\t\t\t"{line}"' for line in lines) + ",")


def table(c):
    print(f"static const struct ec_vec {c['name']}_vecs[] = {{")
    size = c["len"]
    for name, (q, e, r, s, good) in cases(c):
        print(f"\t{{\n\t\t.name = \"{name}\",")
        print(f"\t\t.good = {str(good).lower()},")
        string("q", ["\\x04", array(q[0], size), array(q[1], size)])
        string("e", [array(e, size)])
        string("rs", [array(r, size), array(s, size)])
        print("\t},")
    print("};")


def main():
    print("/* SPDX-License-Identifier: GPL-2.0-only */")
    print("/*\n * ECDSA verification where addition formulas fail, made by\n"
          " * scripts/gen-ec-cases.py\n */\n")
    print("struct ec_vec {\n\tconst char *name;\n\tbool good;\n"
          "\tconst char *q;\n\tconst char *e;\n\tconst char *rs;\n};\n")
    table(P256)
    print()
    table(P384)


if __name__ == "__main__":
    main()
